"""Augmentation of recordings, a batch at a time."""
import torch


class RandomRoll:
    def __init__(self, most, generator):
        self.most, self.generator = most, generator

    def __call__(self, beats):
        shift = int(torch.randint(-self.most, self.most + 1, (1,), generator=self.generator))
        return torch.roll(beats, shift, dims=-1)


class RandomGain:
    def __init__(self, strength, generator):
        self.strength, self.generator = strength, generator

    def __call__(self, beats):
        factor = 1 + self.strength * (2 * torch.rand(len(beats), 1, generator=self.generator) - 1)
        return beats * factor


class Pipeline:
    def __init__(self, *steps):
        self.steps = steps

    def __call__(self, beats):
        for step in self.steps:
            beats = step(beats)
        return beats
