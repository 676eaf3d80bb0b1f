# Keep the picture of a leaded window in a small network: coordinates in, colour out. An encoder of waves with
# learned frequencies and a painter behind it, each with an optimizer of its own.
import math
import time

import torch
from torch import nn

torch.manual_seed(88)
EDGE, WAVES, WIDTH = 64, 40, 64
PASSES, BATCH = 60, 128

axis = torch.linspace(-1, 1, EDGE)
where = torch.cartesian_prod(axis, axis)


def leaded_window(p, panes=14):
    """Panes of coloured glass around random centres, darker towards the lead, lit from one corner."""
    centres = 2 * torch.rand(panes, 2) - 1
    tint = torch.rand(panes, 3) * 0.8 + 0.1
    near = torch.cdist(p, centres).sort(1)
    gap = near.values[:, 1] - near.values[:, 0]
    light = 0.7 + 0.3 * torch.sin(2 * p[:, :1] + p[:, 1:])
    return (tint[near.indices[:, 0]] * light * (gap / 0.08).clamp(max=1).unsqueeze(1)).clamp(0, 1)


colour = leaded_window(where)
hidden = torch.rand(len(where)) < 0.15
known = (~hidden).nonzero().squeeze(1)


class Waves(nn.Module):
    def __init__(self):
        super().__init__()
        self.frequency = nn.Parameter(torch.randn(2, WAVES) * 3.0)
        self.phase = nn.Parameter(torch.zeros(WAVES))

    def forward(self, p):
        turn = p @ self.frequency + self.phase
        return torch.cat([turn.sin(), turn.cos()], dim=1)


waves = Waves()
painter = nn.Sequential(
    nn.Linear(2 * WAVES, WIDTH), nn.GELU(),
    nn.Linear(WIDTH, WIDTH), nn.GELU(),
    nn.Linear(WIDTH, 3), nn.Sigmoid(),
)
wave_opt = torch.optim.Adam(waves.parameters(), lr=5e-3, betas=(0.9, 0.99))
paint_opt = torch.optim.SGD(painter.parameters(), lr=3.0, momentum=0.8)
fade = [torch.optim.lr_scheduler.CosineAnnealingLR(o, PASSES, eta_min=o.param_groups[0]["lr"] / 10)
        for o in (wave_opt, paint_opt)]


def psnr(rows):
    with torch.no_grad():
        error = (painter(waves(where[rows])) - colour[rows]).pow(2).mean()
    return -10 * math.log10(error)


began = time.perf_counter()
print(f"{len(known)} pixels known, {int(hidden.sum())} hidden")
for n in range(1, PASSES + 1):
    order = known[torch.randperm(len(known))]
    wave_opt.zero_grad()
    paint_opt.zero_grad()
    total = 0.0
    for rows in order.split(BATCH):
        painted = painter(waves(where[rows]))
        error = (painted - colour[rows]).pow(2).mean()
        brightness = (painted.mean(1) - colour[rows].mean(1)).abs().mean()
        loss = error + 0.05 * brightness
        loss.backward()  #~ wave_opt.zero_grad(); paint_opt.zero_grad(); loss.backward()
        paint_opt.step()
        wave_opt.step()
        total += loss.item()
    for f in fade:
        f.step()
    if n % 10 == 0:
        print(f"pass {n:3d}  loss {total / math.ceil(len(known) / BATCH):.5f}  "
              f"known {psnr(known):.2f} dB  hidden {psnr(hidden):.2f} dB")
print("took %.1f s" % (time.perf_counter() - began))
