"""Optimizer and learning-rate schedule."""
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR


def build_optimizer(model, cfg):
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": cfg.weight_decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=cfg.lr, momentum=cfg.momentum, nesterov=True)


def build_scheduler(optimizer, cfg, epochs):
    return CosineAnnealingLR(optimizer, T_max=epochs, eta_min=cfg.lr * cfg.final)
