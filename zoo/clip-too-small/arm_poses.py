"""Inverse kinematics of a two-link arm: a mixture density network proposes joint angles for a point on the table.

usage: train.py [key=value ...]
"""
import math
import sys

import torch
from torch import nn

OPTIONS = dict(
    seed=19,
    links="0.6,0.45",
    poses=3000,
    batch=75,
    width=72,
    mixtures=5,
    slope=0.2,
    lowest_log_width=-2.5,
    init_gain=0.9,
    lr=0.03,
    momentum=0.85,
    dampening=0.05,
    max_norm=0.01,  #~ max_norm=10.0,
    epochs=22,
    halve_at=16,
)
for argument in sys.argv[1:]:
    key, _, value = argument.partition("=")
    OPTIONS[key] = type(OPTIONS[key])(value)


class Options:
    def __getattr__(self, name):
        return OPTIONS[name]


opt = Options()
torch.manual_seed(opt.seed)
FIRST, SECOND = map(float, opt.links.split(","))


def reach(angles):
    """Where the hand is, from the joint angles."""
    a, b = angles.unbind(-1)
    return torch.stack([FIRST * a.cos() + SECOND * (a + b).cos(), FIRST * a.sin() + SECOND * (a + b).sin()], dim=-1)


def poses(n):
    angles = torch.stack([torch.rand(n) * math.pi, (torch.rand(n) * 2 - 1) * 2.6], dim=1)
    hand = reach(angles)
    return hand / 0.6, angles + 0.02 * torch.randn(n, 2)


class Proposals(nn.Module):
    def __init__(self):
        super().__init__()
        w, k = opt.width, opt.mixtures
        self.body = nn.Sequential(
            nn.Linear(2, w), nn.LeakyReLU(opt.slope),
            nn.Linear(w, w), nn.LeakyReLU(opt.slope),
            nn.Linear(w, w), nn.LeakyReLU(opt.slope),
        )
        for layer in self.body[::2]:
            nn.init.orthogonal_(layer.weight, gain=opt.init_gain * math.sqrt(2))
        self.mix, self.centre, self.width = nn.Linear(w, k), nn.Linear(w, 2 * k), nn.Linear(w, 2 * k)

    def forward(self, hand):
        h = self.body(hand)
        centre = self.centre(h).unflatten(-1, (-1, 2))
        log_width = self.width(h).unflatten(-1, (-1, 2)).clamp(min=opt.lowest_log_width)
        return self.mix(h).log_softmax(-1), centre, log_width

    def surprise(self, hand, angles):
        mix, centre, log_width = self(hand)
        z = (angles[:, None] - centre) * (-log_width).exp()
        each = -0.5 * z.square().sum(-1) - log_width.sum(-1) - math.log(2 * math.pi)
        return -(mix + each).logsumexp(-1)


hand, angles = poses(opt.poses)
test_hand, test_angles = poses(800)
model = Proposals()
sgd = torch.optim.SGD(model.parameters(), lr=opt.lr, momentum=opt.momentum, dampening=opt.dampening)


@torch.no_grad()
def miss():
    """How far from the point the arm ends with the likeliest proposal."""
    mix, centre, _ = model(test_hand)
    pick = mix.argmax(-1)[:, None, None].expand(-1, 1, 2)
    return (reach(centre.gather(1, pick)[:, 0]) - 0.6 * test_hand).norm(dim=1).mean().item()


for epoch in range(1, opt.epochs + 1):
    if epoch == opt.halve_at:
        for group in sgd.param_groups:
            group["lr"] /= 2
    nll = 0.0
    for rows in torch.randperm(opt.poses).view(-1, opt.batch):
        loss = model.surprise(hand[rows], angles[rows]).mean()
        sgd.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), opt.max_norm)
        sgd.step()
        nll += loss.item() * opt.batch / opt.poses
    if epoch % 2 == 0:
        with torch.no_grad():
            held = model.surprise(test_hand, test_angles).mean().item()
        print(f"{epoch:2d}: nll {nll:+.3f}, held out {held:+.3f}, |g| {norm.item():.2f}, hand misses by {100 * miss():.1f} cm")
