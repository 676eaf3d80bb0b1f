"""Optimizers and schedules."""
import torch


def groups(model, config):
    """Weights decay; biases only if the settings say so."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": weights, "weight_decay": config.weight_decay},
        {"params": biases, "weight_decay": config.weight_decay if config.decay_bias else 0.0},
    ]


def optimizer(model, config):
    parameters = groups(model, config)
    if config.name == "sgd":
        return torch.optim.SGD(parameters, lr=config.lr, momentum=config.momentum, nesterov=True)
    if config.name == "adamw":
        return torch.optim.AdamW(parameters, lr=config.lr)
    raise ValueError(f"unknown optimizer {config.name!r}")


def schedule(opt, config):
    return torch.optim.lr_scheduler.ExponentialLR(opt, gamma=config.gamma)
