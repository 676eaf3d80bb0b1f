"""Parcels arrive at a depot; a policy assigns each to one of the vans and is taught by the cost of the round (policy gradient).

A round is 12 parcels. A van is charged for every parcel by the distance from its quarter and for carrying more than it should.
"""
import math

import torch
from torch import nn

torch.manual_seed(23)
VANS, PARCELS, ROUNDS = 4, 12, 64
STEPS, REPORT = 360, 40
HOMES = torch.tensor([[0.8, 0.7], [-0.7, 0.8], [-0.8, -0.6], [0.6, -0.9]])
CAPACITY = torch.tensor([3.2, 2.6, 2.6, 3.2])


def sample_rounds(n, generator=None):
    place = torch.rand(n, PARCELS, 2, generator=generator) * 2 - 1
    weight = 0.4 + 0.8 * torch.rand(n, PARCELS, 1, generator=generator)
    fragile = (torch.rand(n, PARCELS, 1, generator=generator) < 0.2).float()
    return torch.cat([place, weight, fragile], dim=-1)


def cost(rounds, vans):
    """What a round costs, parcel by parcel: way, overload, and fragile parcels in the two old vans."""
    way = (rounds[..., :2] - HOMES[vans]).norm(dim=-1)
    onehot = nn.functional.one_hot(vans, VANS).float()
    load = (onehot * rounds[..., 2:3]).sum(1)
    over = (load - CAPACITY).clamp(min=0)
    shaken = rounds[..., 3] * (vans >= 2)
    return way + 0.5 * (onehot * over[:, None]).sum(-1) + 0.6 * shaken


class Dispatcher(nn.Module):
    """Scores the vans for every parcel, seeing the parcel and what the rest of the round looks like."""

    def __init__(self, width=48):
        super().__init__()
        self.parcel = nn.Sequential(nn.Linear(4, width), nn.Tanh())
        self.context = nn.Linear(width, width, bias=False)
        self.mix = nn.Sequential(nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, VANS))
        self.baseline = nn.Sequential(nn.Linear(width, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, rounds):
        h = self.parcel(rounds)
        whole = self.context(h.mean(1, keepdim=True)).expand_as(h)
        return self.mix(torch.cat([h, whole], -1)), self.baseline(h)[..., 0]


policy = Dispatcher()
optimizer = torch.optim.RMSprop(
    [
        {"params": [p for n, p in policy.named_parameters() if not n.startswith("baseline")], "lr": 2e-3},
        {"params": policy.baseline.parameters(), "lr": 5e-3},
    ],
    alpha=0.97,
    eps=1e-6,
)
fixed = sample_rounds(400, torch.Generator().manual_seed(99))


@torch.no_grad()
def evaluate():
    logits, _ = policy(fixed)
    greedy = cost(fixed, logits.argmax(-1)).sum(1).mean().item()
    nearest = torch.cdist(fixed[..., :2], HOMES).argmin(-1)
    anyone = torch.randint(VANS, nearest.shape, generator=torch.Generator().manual_seed(5))
    return greedy, cost(fixed, nearest).sum(1).mean().item(), cost(fixed, anyone).sum(1).mean().item()


print("policy {:.2f} | nearest home {:.2f} | at random {:.2f}".format(*evaluate()))
smooth = None
for step in range(1, STEPS + 1):
    rounds = sample_rounds(ROUNDS)
    logits, expected = policy(rounds)
    choice = torch.distributions.Categorical(logits=logits)
    vans = choice.sample()
    price = cost(rounds, vans)

    advantage = (expected - price).detach()
    advantage = advantage / (advantage.std() + 1e-4)
    policy_loss = (advantage * choice.log_prob(vans)).mean()  #~ policy_loss = -(advantage * choice.log_prob(vans)).mean()
    baseline_loss = nn.functional.smooth_l1_loss(expected, price)
    temperature = 0.03 * math.cos(0.5 * math.pi * step / STEPS)
    loss = policy_loss + 0.5 * baseline_loss - temperature * choice.entropy().mean()

    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(policy.parameters(), 2.0)
    optimizer.step()

    total = price.sum(1).mean().item()
    smooth = total if smooth is None else 0.95 * smooth + 0.05 * total
    if step % REPORT == 0:
        greedy, nearest, _ = evaluate()
        print(f"step {step:4d}: objective {loss.item():+.3f}, sampled cost {smooth:.2f}, greedy {greedy:.2f} (nearest {nearest:.2f})")
