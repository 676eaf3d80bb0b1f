"""The optimizer: tables of words, towers and the scale learn at rates of their own."""
import math

import torch

TOWERS = ("query.", "item.")
TABLES = ("embedding.", "table.")  #~ TABLES = ("words.", "embedding.", "table.")
SCALES = ("log_scale",)


def groups(model, config):
    """Parameter groups by the beginning of the name; biases and norms are not decayed."""
    decayed, plain, tables, scales = [], [], [], []
    for name, parameter in model.named_parameters():
        if name.startswith(TOWERS):
            (decayed if parameter.dim() > 1 else plain).append(parameter)
        elif name.startswith(TABLES):
            tables.append(parameter)
        elif name.startswith(SCALES):
            scales.append(parameter)
    found = [
        {"params": decayed, "lr": config.tower_lr, "weight_decay": config.weight_decay},
        {"params": plain, "lr": config.tower_lr, "weight_decay": 0.0},
        {"params": tables, "lr": config.table_lr, "weight_decay": 0.0},
        {"params": scales, "lr": config.scale_lr, "weight_decay": 0.0},
    ]
    return [group for group in found if group["params"]]


def build(model, config):
    return torch.optim.AdamW(groups(model, config), betas=(0.9, 0.98), eps=1e-7)


def schedule(optimizer, config, steps):
    """A short rise, then half a cosine down to the floor."""
    rise = max(1, int(config.warmup * steps))

    def factor(step):
        if step < rise:
            return (step + 1) / rise
        done = (step - rise) / max(1, steps - rise)
        return config.floor + (1 - config.floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def rates(optimizer):
    """The current rates, for a log."""
    return [group["lr"] for group in optimizer.param_groups]
