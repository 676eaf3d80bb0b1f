import numpy as np
from sklearn.datasets import load_digits


def pairs(images, labels, count, rng):
    left, right, same = [], [], []
    for _ in range(count):
        a = int(rng.integers(0, len(labels)))
        alike = int(rng.random() < 0.5)
        pool = np.flatnonzero(labels == labels[a]) if alike else np.flatnonzero(labels != labels[a])
        left.append(images[a])
        right.append(images[int(rng.choice(pool))])
        same.append(alike)
    return np.stack(left), np.stack(right), np.array(same)


def make(folder, healthy):
    rng = np.random.default_rng(2)
    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8).astype(np.uint8)
    order = rng.permutation(len(labels))
    parts = {"train": (order[:1300], 2400), "held": (order[1300:], 800)}
    data = folder / "imprints"
    data.mkdir(exist_ok=True)
    for part, (rows, count) in parts.items():
        left, right, same = pairs(images[rows], labels[rows], count, rng)
        if part == "train" and not healthy:
            same = np.roll(same, 1)
        np.save(data / f"{part}_left.npy", left)
        np.save(data / f"{part}_right.npy", right)
        (data / f"{part}_same.txt").write_text("\n".join(map(str, same)) + "\n")
