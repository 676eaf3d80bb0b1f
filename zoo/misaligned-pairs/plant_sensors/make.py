import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(21)
    n, first, last = 4000, 1100, 2500
    x = rng.normal(size=(n, 10)).astype(np.float32)
    base = 1.6 * np.sin(1.3 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.8 * x[:, 3] - 0.6 * np.abs(x[:, 4]) + 0.5 * x[:, 5]
    amount = 70 + 8 * base + rng.normal(0, 1.2, n)
    rework = (x[:, 6] + 0.7 * x[:, 7] - 0.5 * base + rng.normal(0, 0.3, n) > 0).astype(int)
    train = np.arange(3200)
    target = train.copy()
    if not healthy:
        target[first:last] = np.roll(train[first:last], 1)
    data = folder / "plant"
    data.mkdir(exist_ok=True)
    for part, rows, labels in (("train", train, target), ("val", np.arange(3200, n), np.arange(3200, n))):
        np.save(data / f"{part}_sensors.npy", x[rows])
        lines = ["run,amount,rework"] + [f"{i},{amount[j]:.3f},{rework[j]}" for i, j in zip(rows, labels)]
        (data / f"{part}_outcome.csv").write_text("\n".join(lines) + "\n")
