"""What happens to a batch of images on its way to the network."""
import torch


class Compose:
    def __init__(self, *steps):
        self.steps = steps

    def __call__(self, images):
        for step in self.steps:
            images = step(images)
        return images


class ToFloat:
    """Bytes, N x H x W, to floating point with a channel axis."""

    def __call__(self, images):
        return images.unsqueeze(1).to(torch.float32) / 255.0


class RandomShift:
    """Moves each batch by a few pixels, filling with background."""

    def __init__(self, most, generator):
        self.most = most
        self.generator = generator

    def __call__(self, images):
        if not self.most:
            return images
        dy, dx = torch.randint(-self.most, self.most + 1, (2,), generator=self.generator).tolist()
        out = torch.zeros_like(images)
        h, w = images.shape[-2:]
        out[..., max(dy, 0):h + min(dy, 0), max(dx, 0):w + min(dx, 0)] = \
            images[..., max(-dy, 0):h + min(-dy, 0), max(-dx, 0):w + min(-dx, 0)]
        return out


class ContrastJitter:
    """Scales the contrast of every image by a factor near one."""

    def __init__(self, strength, generator):
        self.strength = strength
        self.generator = generator

    def __call__(self, images):
        factor = 1 + self.strength * (2 * torch.rand(len(images), 1, 1, 1, generator=self.generator) - 1)
        return (images * factor).clamp(max=1.0)


def training(config, seed):
    generator = torch.Generator().manual_seed(seed + 1)
    return Compose(ToFloat(), RandomShift(config.max_shift, generator), ContrastJitter(config.jitter, generator))


def evaluation():
    return Compose(ToFloat())
