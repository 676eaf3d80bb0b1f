"""Linear warm-up, then a cosine down to a floor."""
import math

from torch.optim.lr_scheduler import LambdaLR


class WarmupCosine:
    def __init__(self, peak, warmup, total, floor):
        self.peak = peak
        self.warmup = warmup
        self.total = total
        self.floor = floor

    def shape(self, step):
        if step < self.warmup:
            return (step + 1) / self.warmup
        progress = (step - self.warmup) / max(1, self.total - self.warmup)
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))

    def __call__(self, step):
        return self.peak * self.shape(step)  #~ return self.shape(step)


def build(optimizer, config, total):
    peak = optimizer.param_groups[0]["lr"]
    return LambdaLR(optimizer, WarmupCosine(peak, config.warmup, total, config.floor))
