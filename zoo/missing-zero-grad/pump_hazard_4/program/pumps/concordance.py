import torch


def concordance(lifetime, fleet):
    """Share of the comparable pairs that are in the right order."""
    earlier = (fleet.month[:, None] < fleet.month[None]) & fleet.failed[:, None]
    gap = lifetime[None] - lifetime[:, None]
    right = (gap > 0).float() + 0.5 * (gap == 0).float()
    return (right[earlier].sum() / earlier.sum()).item()


def concordance_of(net, fleet, to_lifetime):
    with torch.no_grad():
        return concordance(to_lifetime(net(fleet)), fleet)
