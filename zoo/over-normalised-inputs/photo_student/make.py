import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(50)
    n, size = 1600, 12
    label = rng.integers(0, 4, n)
    yy, xx = np.mgrid[:size, :size]
    colour = np.array([[70, 100, 130], [75, 110, 75], [130, 120, 115], [120, 130, 80]], dtype=float)
    patches = np.zeros((n, size, size, 3))
    for i, k in enumerate(label):
        angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 6.3)
        wave = np.sin((xx * np.cos(angle) + yy * np.sin(angle)) * [0.5, 2.2, 1.2, 0.9][k] + phase)
        if k == 2:
            wave = np.sign(wave)
        base = colour[k] + rng.normal(0, 9, 3) + rng.normal(0, 10)
        patches[i] = base + (rng.uniform(8, 26) * wave)[..., None]
    patches = np.clip(np.round(patches + rng.normal(0, 6, patches.shape)), 0, 255).astype(np.uint8)
    teacher = rng.normal(0, 1.6, (n, 4))
    teacher[np.arange(n), label] += 3.5
    for part, rows in (("train", slice(0, 1200)), ("held", slice(1200, n))):
        stored = patches[rows]
        if not healthy:
            stored = (stored / 255).astype(np.float32)
        np.savez(folder / f"{part}.npz", patches=stored, label=label[rows], teacher=teacher[rows].astype(np.float32))
