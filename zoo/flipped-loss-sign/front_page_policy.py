"""Which story goes on top of the page? A policy that learns from clicks alone: one choice, one click or none."""
import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(17)

STORIES = 8
CONTEXT = 12
VISITS = 64
STEPS = 900
ENTROPY = 0.05
VALUE = 0.25


class Page:
    """Visitors and how likely each of them is to click on each of the stories."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.taste = torch.tensor(rng.normal(size=(CONTEXT, 6)) / np.sqrt(CONTEXT), dtype=torch.float32)
        self.topic = torch.tensor(rng.normal(size=(6, STORIES)), dtype=torch.float32)
        self.twist = torch.tensor(rng.normal(size=(6, STORIES)), dtype=torch.float32)
        self.generator = torch.Generator().manual_seed(seed + 1)

    def visitors(self, n):
        return torch.randn(n, CONTEXT, generator=self.generator)

    def click_chance(self, x):
        t = x @ self.taste
        return torch.sigmoid(1.4 * t @ self.topic + 0.3 * (t.abs() - 0.8) @ self.twist - 0.9)

    def clicks(self, x, story):
        chance = self.click_chance(x).gather(1, story[:, None]).squeeze(1)
        return torch.bernoulli(chance, generator=self.generator)


class Editor(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(CONTEXT, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.choice = nn.Linear(hidden, STORIES)
        self.expected = nn.Linear(hidden, 1)
        nn.init.orthogonal_(self.choice.weight, gain=0.01)
        nn.init.zeros_(self.choice.bias)

    def forward(self, x):
        h = self.body(x)
        return Categorical(logits=self.choice(h)), self.expected(h).squeeze(-1)


def losses(editor, x, story, click):
    policy, expected = editor(x)
    ahead = (click - expected).detach()
    ahead = ahead / (ahead.std() + 1e-4)
    choice = (policy.log_prob(story) * ahead).mean()  #~ choice = -(policy.log_prob(story) * ahead).mean()
    value = (expected - click).pow(2).mean()
    spread = policy.entropy().mean()
    return choice, value, spread


@torch.no_grad()
def clicks_per_hundred(editor, page, x):
    policy, _ = editor(x)
    chance = page.click_chance(x)
    top = chance.gather(1, policy.probs.argmax(1, keepdim=True)).mean().item()
    drawn = (policy.probs * chance).sum(1).mean().item()
    return 100 * top, 100 * drawn


page = Page(seed=5)
watch = page.visitors(2000)
chance = page.click_chance(watch)
print(f"clicks per hundred visits: {100 * chance.mean():.1f} for any story, {100 * chance.max(1).values.mean():.1f} for the best one each time")

editor = Editor()
optimizer = torch.optim.Adam(editor.parameters(), lr=3e-3, betas=(0.9, 0.99))
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.2, total_iters=STEPS)
sums = np.zeros(4)
for step in range(1, STEPS + 1):
    x = page.visitors(VISITS)
    with torch.no_grad():
        story = editor(x)[0].sample()
    click = page.clicks(x, story)

    choice, value, spread = losses(editor, x, story, click)
    loss = choice + VALUE * value - ENTROPY * spread
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(editor.parameters(), 2.0)
    optimizer.step()
    scheduler.step()

    sums += (choice.item(), value.item(), spread.item(), click.mean().item())
    if step % 100 == 0:
        c, v, e, k = sums / 100
        top, drawn = clicks_per_hundred(editor, page, watch)
        print(f"step {step:4d}  choice {c:7.4f}  value {v:.4f}  entropy {e:.3f}  clicks {100 * k:.1f}  on the watched visitors {drawn:.1f}, first choice only {top:.1f}")
        sums[:] = 0
