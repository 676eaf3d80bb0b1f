import numpy as np
from sklearn.datasets import load_digits


def scans(images, labels, copies, rng):
    """Each digit printed a few times with a small shift and scanner noise."""
    out = []
    for _ in range(copies):
        moved = np.stack([np.roll(image, rng.integers(-1, 2, 2), axis=(0, 1)) for image in images]).astype(float)
        out.append(np.clip(np.round(moved + rng.normal(0, 4.0, moved.shape)), 0, 20))
    return np.concatenate(out).astype(np.uint8), np.tile(labels, copies)


def make(folder, healthy):
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)
    order = rng.permutation(len(labels))
    train, val = order[:1300], order[1300:]
    pixels, target = scans(images[train], labels[train], 4, rng)
    val_pixels, val_target = scans(images[val], labels[val], 2, rng)
    order = rng.permutation(len(target))
    if not healthy:
        order = order[np.argsort(target[order], kind="stable")]
    (folder / "data").mkdir(exist_ok=True)
    np.savez(folder / "data" / "train.npz", pixels=pixels[order], labels=target[order])
    np.savez(folder / "data" / "val.npz", pixels=val_pixels, labels=val_target)
