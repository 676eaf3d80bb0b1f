"""Tell four kinds of jets apart from their particles (a set transformer, no order among particles)."""
import argparse
import sys
import time

import numpy as np
import torch
import torch.nn as nn


def options(argv):
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    data = parser.add_argument_group("data")
    data.add_argument("--jets", type=int, default=2600)
    data.add_argument("--particles", type=int, default=14)
    data.add_argument("--seed", type=int, default=99)
    net = parser.add_argument_group("net")
    net.add_argument("--width", type=int, default=36)
    net.add_argument("--heads", type=int, default=3)
    net.add_argument("--depth", type=int, default=4)
    net.add_argument("--init-scale", type=float, default=0.9)  #~ net.add_argument("--init-scale", type=float, default=0.12)
    net.add_argument("--head-scale", type=float, default=0.5, help="factor on the first logits")
    net.add_argument("--norm-eps", type=float, default=3e-4)
    fit = parser.add_argument_group("fit")
    fit.add_argument("--epochs", type=int, default=7)
    fit.add_argument("--batch", type=int, default=46)
    fit.add_argument("--lr", type=float, default=2.5e-3)
    fit.add_argument("--beta2", type=float, default=0.96)
    fit.add_argument("--decay", type=float, default=0.03)
    fit.add_argument("--max-norm", type=float, default=8.0)
    return parser.parse_args(argv)


def jets(count, particles, rng):
    """One, two or three prongs, or a wide soft spray; columns: eta, phi, log of the share of momentum."""
    kinds = rng.integers(4, size=count)
    out = np.zeros((count, particles, 3))
    for row, kind in enumerate(kinds):
        prongs = (1, 2, 3, 1)[kind]
        axes = rng.normal(0, 0.05 if prongs == 1 else 0.55, (prongs, 2))
        axes -= axes.mean(0)
        of = rng.integers(prongs, size=particles)
        width = 0.36 if kind == 3 else 0.12 + 0.08 * rng.random()
        out[row, :, :2] = axes[of] + rng.normal(0, width, (particles, 2))
        share = rng.gamma(0.7 if kind != 3 else 2.0, 1.0, particles) + 1e-2
        out[row, :, 2] = np.log(share / share.sum())
    out[:, :, :2] *= 2.5
    out[:, :, 2] = (out[:, :, 2] + 3.2) / 1.3
    return torch.tensor(out, dtype=torch.float32), torch.tensor(kinds)


class Layer(nn.Module):
    def __init__(self, width, heads, eps):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.norms = nn.ModuleList([nn.LayerNorm(width, eps=eps), nn.LayerNorm(width, eps=eps)])

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norms[0](x)).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        x = x + self.merge(mixed.transpose(1, 2).reshape(b, n, d))
        return x + self.down(nn.functional.gelu(self.up(self.norms[1](x))))


class JetSorter(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.lift = nn.Linear(3, o.width)
        self.layers = nn.ModuleList(Layer(o.width, o.heads, o.norm_eps) for _ in range(o.depth))
        self.head = nn.Linear(2 * o.width, 4)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=o.init_scale)
                nn.init.zeros_(module.bias)
        with torch.no_grad():
            self.head.weight.mul_(o.head_scale)

    def forward(self, x):
        x = self.lift(x)
        for layer in self.layers:
            x = layer(x)
        return self.head(torch.cat([x.mean(1), x.amax(1)], dim=1))


def run(o):
    rng = np.random.default_rng(o.seed)
    torch.manual_seed(o.seed)
    x, y = jets(o.jets, o.particles, rng)
    x_test, y_test = jets(700, o.particles, rng)
    model = JetSorter(o)
    optimizer = torch.optim.AdamW(model.parameters(), lr=o.lr, betas=(0.9, o.beta2), weight_decay=o.decay)
    per_epoch = -(-len(x) // o.batch)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, o.lr, epochs=o.epochs, steps_per_epoch=per_epoch)
    began = time.time()
    for epoch in range(o.epochs):
        model.train()
        entropy = 0.0
        for rows in torch.randperm(len(x)).split(o.batch):
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), o.max_norm)
            optimizer.step()
            cycle.step()
            entropy += loss.item() / per_epoch
        model.eval()
        with torch.no_grad():
            guess = model(x_test).argmax(1)
        print(f"epoch {epoch}: loss {entropy:.3f}  test {(guess == y_test).float().mean():.3f}")
    print(f"{time.time() - began:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    run(options(sys.argv[1:]))
