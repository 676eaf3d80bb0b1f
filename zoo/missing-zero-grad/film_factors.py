"""Film ratings by factors and a small mixer; an Adam-like update is written out by hand."""
import math

import numpy as np
import torch

torch.manual_seed(44)
rng = np.random.default_rng(44)

PEOPLE, FILMS, FACTORS, HIDDEN = 120, 90, 6, 16


def rated(n):
    """Ratings from 1 to 5: a general niceness, a quality and a match of three hidden tastes."""
    person, film = rng.integers(0, PEOPLE, n), rng.integers(0, FILMS, n)
    match = (taste[person] * style[film]).sum(1)
    stars = 3.2 + niceness[person] + quality[film] + 0.9 * np.tanh(0.6 * match) + rng.normal(0, 0.25, n)
    return torch.from_numpy(person), torch.from_numpy(film), torch.tensor(np.clip(stars, 1, 5), dtype=torch.float32)


taste, style = rng.normal(size=(PEOPLE, 3)), rng.normal(size=(FILMS, 3))
niceness, quality = rng.normal(0, 0.4, PEOPLE), rng.normal(0, 0.6, FILMS)
train, val = rated(7000), rated(1500)


def start(*shape, scale):
    return (scale * torch.randn(*shape)).requires_grad_()


weights = {
    "people": start(PEOPLE, FACTORS, scale=0.2),
    "films": start(FILMS, FACTORS, scale=0.2),
    "nice": torch.zeros(PEOPLE, requires_grad=True),
    "good": torch.zeros(FILMS, requires_grad=True),
    "mix": start(3 * FACTORS, HIDDEN, scale=1 / math.sqrt(3 * FACTORS)),
    "mix_bias": torch.zeros(HIDDEN, requires_grad=True),
    "out": start(HIDDEN, scale=1 / math.sqrt(HIDDEN)),
}
middle = train[2].mean()
speed = {name: torch.zeros_like(w) for name, w in weights.items()}
square = {name: torch.zeros_like(w) for name, w in weights.items()}
print("numbers to fit:", sum(w.numel() for w in weights.values()), "ratings:", len(train[0]))


def predict(person, film):
    p, f = weights["people"][person], weights["films"][film]
    hidden = torch.tanh(torch.cat((p, f, p * f), dim=1) @ weights["mix"] + weights["mix_bias"])
    return middle + weights["nice"][person] + weights["good"][film] + (p * f).sum(1) + hidden @ weights["out"]


def rmse(data):
    person, film, stars = data
    with torch.no_grad():
        return (predict(person, film) - stars).square().mean().sqrt().item()


def penalty(person, film):
    return weights["people"][person].square().mean() + weights["films"][film].square().mean()


def apply_update(lr, count, keep=0.9, keep_square=0.99):
    with torch.no_grad():
        for name, w in weights.items():
            speed[name].mul_(keep).add_(w.grad, alpha=1 - keep)
            square[name].mul_(keep_square).addcmul_(w.grad, w.grad, value=1 - keep_square)
            step = speed[name] / (1 - keep**count) / ((square[name] / (1 - keep_square**count)).sqrt() + 1e-6)
            w.sub_(lr * step)  #~ w.sub_(lr * step); w.grad = None


EPOCHS, BATCH = 10, 70
lr = 0.01
count = 0
kept = (float("inf"), 0)
for epoch in range(1, EPOCHS + 1):
    order = torch.from_numpy(rng.permutation(len(train[0])))
    total = 0.0
    for rows in order.split(BATCH):
        person, film, stars = (t[rows] for t in train)
        off = predict(person, film) - stars
        fit = off.square().mean()
        (fit + 0.3 * penalty(person, film)).backward()
        count += 1
        apply_update(lr, count)
        total += fit.item()
    lr *= 0.9
    now = rmse(val)
    kept = min(kept, (now, epoch))
    print(f"epoch {epoch:2d}  fit {total * BATCH / len(order):.4f}  val rmse {now:.4f}  step size {lr:.4f}")
print(f"best val rmse {kept[0]:.4f} in epoch {kept[1]}; always the mean: {val[2].std():.4f}")
