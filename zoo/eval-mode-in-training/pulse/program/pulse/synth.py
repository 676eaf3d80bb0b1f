"""Synthetic heartbeats of five kinds."""
import numpy as np


def bump(t, centre, width, height):
    return height * np.exp(-((t - centre) / width) ** 2 / 2)


def normal(t, rng):
    return (bump(t, 0.25, 0.03, 0.2) + bump(t, 0.42, 0.012, -0.2) + bump(t, 0.45, 0.014, 1.2)
            + bump(t, 0.49, 0.014, -0.3) + bump(t, 0.68, 0.05, 0.35))


def wide(t, rng):
    return bump(t, 0.45, 0.05, 1.1) + bump(t, 0.55, 0.05, -0.5) + bump(t, 0.75, 0.05, -0.3)


def no_first_wave(t, rng):
    return normal(t, rng) - bump(t, 0.25, 0.03, 0.2) + 0.06 * np.sin(2 * np.pi * (9 * t + rng.uniform()))


def raised(t, rng):
    return normal(t, rng) + bump(t, 0.58, 0.06, 0.45)


def flipped_last_wave(t, rng):
    return normal(t, rng) - bump(t, 0.68, 0.05, 0.65)


MAKERS = {
    "normal": normal,
    "wide": wide,
    "no first wave": no_first_wave,
    "raised": raised,
    "flipped last wave": flipped_last_wave,
}


def beats(count, length, noise, seed, shares=(0.32, 0.17, 0.17, 0.17, 0.17)):
    """Recordings (count x length) and their kinds."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(len(MAKERS), count, p=shares)
    makers = list(MAKERS.values())
    out = np.empty((count, length), dtype=np.float32)
    for row, kind in zip(out, kinds):
        t = np.linspace(0, 1, length) * rng.uniform(0.92, 1.08)
        row[:] = rng.uniform(0.8, 1.25) * makers[kind](t, rng) + rng.normal(0, noise / 2.5, length)
        row += 0.15 * np.sin(2 * np.pi * (t * rng.uniform(0.3, 0.8) + rng.uniform()))
    return out, kinds.astype(np.int64)
