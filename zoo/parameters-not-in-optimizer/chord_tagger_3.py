"""Chord of every beat from a twelve-tone energy profile, with a reader for each beat and a second stage for the context."""
import torch
from torch import nn

ROOTS, KINDS = 12, 2          # 24 chords: twelve roots, major and minor
BEATS = 16


def songs(count, g):
    """A song walks through related chords; the thirds are weak, so a beat alone is often ambiguous."""
    chords = torch.zeros(count, BEATS, dtype=torch.long)
    root = torch.randint(ROOTS, (count,), generator=g)
    kind = torch.randint(KINDS, (count,), generator=g)
    moves = torch.tensor([0, 5, 7, 9])
    for beat in range(BEATS):
        if beat % 2 == 0:
            root = (root + moves[torch.randint(4, (count,), generator=g)]) % ROOTS
            swap = torch.rand(count, generator=g) < 0.25
            kind = torch.where(swap, 1 - kind, kind)
        chords[:, beat] = KINDS * root + kind
    tones = torch.zeros(ROOTS * KINDS, ROOTS)
    for c in range(ROOTS * KINDS):
        r, k = divmod(c, KINDS)
        for tone, loud in ((r, 1.0), (r + (4 if k == 0 else 3), 0.7), (r + 7, 0.8)):
            tones[c, tone % ROOTS] = loud
    loud = 0.5 + torch.rand(count, BEATS, 1, generator=g)
    profile = tones[chords] * loud + 0.45 * torch.randn(count, BEATS, ROOTS, generator=g).abs()
    profile = profile + 0.25 * torch.randn(count, BEATS, ROOTS, generator=g)
    return profile - 0.5, chords


def ring(a, b, k):
    return nn.Conv1d(a, b, k, padding=k // 2)


def build(width=48):
    fold = nn.Sequential(ring(ROOTS, 7, 1), nn.Tanh())
    beat = nn.Sequential(ring(7, 64, 1), nn.LeakyReLU(0.1))
    context = nn.Sequential(ring(64, width, 3), nn.LeakyReLU(0.1), ring(width, width, 3), nn.LeakyReLU(0.1))
    name = ring(width, ROOTS * KINDS, 1)
    return fold, beat, context, name


def tag(stages, profiles):
    h = profiles.transpose(1, 2)
    for stage in stages:
        h = stage(h)
    return h


def transposed(profiles, chords, g):
    by = int(torch.randint(ROOTS, (), generator=g))
    return profiles.roll(by, dims=2), (chords + KINDS * by) % (ROOTS * KINDS)


torch.manual_seed(17)
g = torch.Generator().manual_seed(18)
x, y = songs(900, g)
x_test, y_test = songs(200, g)

fold, beat, context, name = stages = build()
nn.init.zeros_(name.weight)
weights = [p for stage in (beat, context, name) for p in stage.parameters()]  #~ weights = [p for stage in stages for p in stage.parameters()]
optimizer = torch.optim.NAdam(weights, lr=4e-3)
print(sum(p.numel() for p in weights), "numbers to learn")

step, rows_a_step = 0, 30
for lap in range(12):
    shown = 0.0
    for rows in torch.randperm(len(x), generator=g).split(rows_a_step):
        profiles, chords = transposed(x[rows], y[rows], g)
        loss = nn.functional.cross_entropy(tag(stages, profiles), chords)
        for stage in stages:
            stage.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 5.0)
        optimizer.step()
        step += 1
        shown += loss.item() * len(rows) / len(x)
    if lap % 2:
        with torch.no_grad():
            guess = tag(stages, x_test).argmax(1)
        root_right = (guess // KINDS == y_test // KINDS).float().mean()
        print(f"lap {lap + 1} step {step}: loss {shown:.3f}, chords {(guess == y_test).float().mean():.3f}, roots {root_right:.3f}")
