"""Robust regression losses."""
import torch


def log_cosh(prediction, target):
    """Smooth absolute error; stable for large differences."""
    error = (prediction - target).abs()
    return (error + torch.nn.functional.softplus(-2 * error) - 0.6931472).mean()


def squared(prediction, target):
    return ((prediction - target) ** 2).mean()


LOSSES = {"log_cosh": log_cosh, "squared": squared}
