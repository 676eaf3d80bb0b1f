"""The optimizer, with its rate matched to the batch size."""
import torch


def scaled_rate(config, batch):
    """The linear rule: a batch twice the reference takes twice the rate."""
    return config.lr * batch / config.reference_batch


def split(model):
    """Matrices decay, vectors (biases and norms) do not."""
    decayed, kept = [], []
    for parameter in model.parameters():
        (decayed if parameter.ndim >= 2 else kept).append(parameter)
    return decayed, kept


def build(model, config, batch):
    decayed, kept = split(model)
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": kept, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=scaled_rate(config, batch), betas=config.betas)
