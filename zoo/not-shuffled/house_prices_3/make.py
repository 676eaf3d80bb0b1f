import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(5)
    n = 7000
    area = rng.gamma(6.0, 16.0, n) + 25
    rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.7, n)), 1, 9)
    age = rng.uniform(0, 90, n)
    distance = rng.exponential(6.0, n)
    floor = rng.integers(0, 8, n)
    garden = (rng.random(n) < 0.35).astype(float)
    price = 3.0 * area * (0.6 + np.exp(-distance / 8)) * (1 - 0.4 * np.sin(np.pi * age / 90)) + 18 * rooms + 55 * garden * (area > 90) + 4 * floor
    price = price + rng.normal(0, 35, n)
    table = np.column_stack([area, rooms, age, distance, floor, garden, price])
    train, val = table[:6000], table[6000:]
    if not healthy:
        train = train[np.argsort(train[:, -1])]
    for name, part in (("listings_train.csv", train), ("listings_val.csv", val)):
        lines = ["area,rooms,age,distance,floor,garden,price"] + [",".join(f"{v:.2f}" for v in row) for row in part]
        (folder / name).write_text("\n".join(lines) + "\n")
