"""How the weights move."""
import torch


def optimizer(model, options):
    return torch.optim.AdamW(model.parameters(), lr=options.lr, weight_decay=options.decay)


def scheduler(opt, options):
    return torch.optim.lr_scheduler.ExponentialLR(opt, gamma=options.gamma)


def step(opt, loss):
    opt.zero_grad()
    loss.backward()
    opt.step()
