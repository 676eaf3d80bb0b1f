"""Optimizer and schedule."""
import torch


def optimizer(network, args):
    if args.optimizer == "adam":
        return torch.optim.Adam(network.parameters(), lr=args.rate, weight_decay=args.decay)
    return torch.optim.RMSprop(network.parameters(), lr=args.rate, weight_decay=args.decay)


def schedule(opt, args):
    """A third of the rate whenever the test loss stalls."""
    return torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=1 / 3, patience=max(1, args.patience // 2))
