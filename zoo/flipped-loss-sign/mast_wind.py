"""Wind at the harbour mast in the coming hour, as a vector, from six hours at five stations around it."""
from __future__ import annotations

import argparse
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

HOURS, STATIONS = 6, 5


def weather(hours: int, g: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Fronts that pass over the stations one after the other; the mast feels them turned and slowed by the hills."""
    state, track = torch.zeros(2), []
    for _ in range(hours + 12):
        state = 0.93 * state + 0.55 * torch.randn(2, generator=g)
        track.append(state.clone())
    track = torch.stack(track)
    readings = []
    for s in range(STATIONS):
        lagged = track[8 - s: 8 - s + hours]
        readings.append(lagged * (0.7 + 0.12 * s) + 0.25 * torch.randn(hours, 2, generator=g))
    driver = track[9:9 + hours]
    speed = driver.norm(dim=1)
    angle = torch.atan2(driver[:, 1], driver[:, 0])
    turned = angle + 0.6 * torch.sin(2 * angle)
    calm = 1 / (1 + 0.4 * torch.relu(torch.cos(angle - 1.0)))
    mast = torch.stack([turned.cos(), turned.sin()], 1) * (speed * calm).unsqueeze(1)
    return torch.stack(readings, 1), mast + 0.1 * torch.randn(hours, 2, generator=g)


def windows(readings: torch.Tensor, mast: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    x = readings.flatten(1).unfold(0, HOURS, 1).transpose(1, 2)
    return x.contiguous(), mast[HOURS - 1:]


class MastNet(nn.Module):
    def __init__(self, hidden: int):
        super().__init__()
        self.lift = nn.Linear(2 * STATIONS, hidden)
        self.rnn = nn.LSTM(hidden, hidden, batch_first=True)
        self.out = nn.Sequential(nn.Linear(hidden, hidden), nn.ELU(), nn.Linear(hidden, 2))
        with torch.no_grad():  # long memory at the start
            self.rnn.bias_ih_l0[hidden:2 * hidden].fill_(1.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h, _ = self.rnn(torch.tanh(self.lift(x)))
        return self.out(h[:, -1])


def wind_loss(guess: torch.Tensor, truth: torch.Tensor, args: argparse.Namespace) -> dict[str, torch.Tensor]:
    agree = F.cosine_similarity(guess, truth, dim=1, eps=1e-4)
    terms = {
        "vector": F.smooth_l1_loss(guess, truth, beta=0.5),
        "speed": args.speed * F.l1_loss(guess.norm(dim=1), truth.norm(dim=1)),
        "heading": args.heading * (1 + agree).mean(),  #~ "heading": args.heading * (1 - agree).mean(),
    }
    return terms | {"total": sum(terms.values())}


@torch.no_grad()
def judge(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
    guess = net.eval()(x)
    off = torch.rad2deg(torch.acos(F.cosine_similarity(guess, y).clamp(-1, 1)))
    return (guess - y).norm(dim=1).mean().item(), off.median().item()


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--batch", type=int, default=50)
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--speed", type=float, default=0.2)
    p.add_argument("--heading", type=float, default=0.35)
    p.add_argument("--patience", type=int, default=6)
    args = p.parse_args()

    torch.manual_seed(8)
    g = torch.Generator().manual_seed(80)
    x, y = windows(*weather(2600, g))
    x_val, y_val = windows(*weather(700, g))
    net = MastNet(32)
    opt = torch.optim.Adam(net.parameters(), lr=args.lr, betas=(0.9, 0.98))
    halve = torch.optim.lr_scheduler.MultiStepLR(opt, [7, 10], gamma=0.5)
    kept, lowest, waited = None, float("inf"), 0
    for epoch in range(args.epochs):
        net.train()
        sums: dict[str, float] = {}
        for rows in torch.randperm(len(x), generator=g).split(args.batch):
            terms = wind_loss(net(x[rows]), y[rows], args)
            opt.zero_grad()
            terms["total"].backward()
            nn.utils.clip_grad_value_(net.parameters(), 1.0)
            opt.step()
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + value.item() * len(rows) / len(x)
        halve.step()
        miss, degrees = judge(net, x_val, y_val)
        if miss < lowest:
            kept, lowest, waited = copy.deepcopy(net.state_dict()), miss, 0
        else:
            waited += 1
        shown = " ".join(f"{name} {value:.3f}" for name, value in sums.items())
        print(f"{epoch + 1:2d} | {shown} | miss {miss:.3f} m/s, heading off {degrees:.0f} degrees")
        if waited > args.patience:
            break
    net.load_state_dict(kept)
    miss, degrees = judge(net, x_val, y_val)
    calm = (y_val - y.mean(0)).norm(dim=1).mean()
    print(f"kept: miss {miss:.3f} m/s, heading off {degrees:.0f} degrees (always the mean: {calm:.3f} m/s)")


if __name__ == "__main__":
    main()
