import torch
import torch.nn.functional as F


def months_lived(fleet, months):
    """1 where the pump was at risk, and 1 where it failed."""
    month = torch.arange(months)
    at_risk = (month <= fleet.month[:, None]).float()
    failure = ((month == fleet.month[:, None]) & fleet.failed[:, None]).float()
    return at_risk, failure


def loss(hazard, fleet):
    at_risk, failure = months_lived(fleet, hazard.shape[1])
    each = F.binary_cross_entropy_with_logits(hazard, failure, reduction="none")
    return (each * at_risk).sum() / at_risk.sum()


def lifetime(hazard):
    """Expected months before the failure."""
    return F.logsigmoid(-hazard).cumsum(dim=1).exp().sum(dim=1)
