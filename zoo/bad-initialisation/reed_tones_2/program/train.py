"""Tells eight reed stops of an organ apart by the spectrum of a short tone."""
import json
import pathlib
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
STOPS = ["trumpet", "oboe", "clarion", "krummhorn", "vox", "posaune", "regal", "dulcian"]


def tones(count, seed, noise):
    """Spectra (64 bins) of tones whose partials have the weights of their stop."""
    rng = np.random.default_rng(seed)
    shape = np.random.default_rng(1234).gamma(0.8, size=(len(STOPS), 9))
    shape /= shape.sum(1, keepdims=True)
    time_axis = np.arange(256) / 256.0
    label = rng.integers(0, len(STOPS), count)
    pitch = rng.uniform(5.0, 9.0, count)
    wave = np.zeros((count, 256))
    for partial in range(1, 10):
        phase = rng.uniform(0, 2 * np.pi, (count, 1))
        weight = shape[label, partial - 1] * rng.uniform(0.6, 1.4, count)
        wave += weight[:, None] * np.sin(2 * np.pi * partial * pitch[:, None] * time_axis + phase)
    wave += noise * rng.standard_normal(wave.shape)
    spectrum = np.log(1e-2 + np.abs(np.fft.rfft(wave * np.hanning(256))[:, :64]))
    return spectrum.astype(np.float32), label


class Recogniser(nn.Module):
    def __init__(self, width, depth, std, shift, out_scale):
        super().__init__()
        sizes = [64] + [width] * depth
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.out = nn.Linear(width, len(STOPS))
        self.out_scale = out_scale
        for layer in self.layers:
            nn.init.normal_(layer.weight, std=std)
            nn.init.constant_(layer.bias, shift)

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.out_scale * self.out(x)


class Trainer:
    def __init__(self, config):
        self.c = config
        torch.manual_seed(config["seed"])
        x, y = tones(3000, config["seed"], config["noise"])
        v, w = tones(800, config["seed"] + 1, config["noise"])
        mean, std = x.mean(0), x.std(0)
        self.x, self.y = torch.from_numpy((x - mean) / std), torch.from_numpy(y)
        self.v, self.w = torch.from_numpy((v - mean) / std), torch.from_numpy(w)
        self.model = Recogniser(**config["model"])
        self.optimizer = torch.optim.SGD(self.model.parameters(), nesterov=True, **config["sgd"])
        self.schedule = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, config["gamma"])

    def epoch(self):
        self.model.train()
        total = torch.zeros(())
        order = torch.randperm(len(self.x))
        for pick in order.split(self.c["batch"]):
            self.optimizer.zero_grad()
            logits = self.model(self.x[pick])
            loss = F.cross_entropy(logits, self.y[pick], label_smoothing=self.c["smoothing"])
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(pick)
        self.schedule.step()
        return (total / len(self.x)).item()

    @torch.inference_mode()
    def score(self):
        self.model.eval()
        return (self.model(self.v).argmax(1) == self.w).float().mean().item()

    def fit(self):
        start = time.perf_counter()
        for number in range(1, self.c["epochs"] + 1):
            loss = self.epoch()
            if number % 3 == 0:
                print(f"{number:3d}  loss {loss:.4f}  accuracy {self.score():.3f}")
        print(f"done in {time.perf_counter() - start:.0f} s, accuracy {self.score():.3f}")


if __name__ == "__main__":
    Trainer(json.loads((HERE / "organ.json").read_text())).fit()
