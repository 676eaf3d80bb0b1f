"""Flats with their prices, and the settings."""
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(55)
    n = 2200
    area = rng.gamma(9, 8, n).clip(18, 200)
    rooms = np.maximum(1, np.round(area / 28 + rng.normal(0, 0.6, n)))
    floor = rng.integers(0, 12, n)
    age = rng.gamma(2, 18, n)
    east, north = rng.uniform(-6, 6, n), rng.uniform(-6, 6, n)
    centre = np.hypot(east - 0.8, north + 0.5)
    per_metre = 2400 + 2600 * np.exp(-centre / 3) + 40 * floor - 9 * np.minimum(age, 60)
    price = area * per_metre * (1 + 0.03 * (rooms > area / 30)) * np.exp(rng.normal(0, 0.08, n))
    with open(folder / "flats.csv", "w") as out:
        out.write("area,rooms,floor,age,east,north,price\n")
        for row in zip(area, rooms, floor, age, east, north, price):
            out.write(",".join(f"{v:.2f}" for v in row) + "\n")
    (folder / "flats.toml").write_text(f"""title = "flats"
currency = "EUR"
price_unit = {100000 if healthy else 1}

[training]
lr = 0.01
batch = 50
epochs = 12
""")
