import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(19)
    queries, items, held, batch = 6600, 8, 600, 10
    scale = np.array([6.5, 3.0, 4.0, 1.5, 5.0, 2.5])
    spread = np.array([1.3, 0.8, 1.0, 0.5, 1.1, 0.7])
    z = rng.normal(size=(queries, items, 6))
    offers = np.round(np.exp(scale + spread * z))
    offers = np.minimum(offers, 52000)
    worth = 1.2 * z[..., 0] - 0.9 * z[..., 1] + np.sin(1.5 * z[..., 2]) + 0.7 * z[..., 3] * z[..., 4]
    clicks = np.clip(np.round(worth + rng.normal(0, 0.7, worth.shape)), -1, 3) + 1
    order = held + np.random.default_rng(5).permutation(queries - held)
    offers[order[batch * 431 + 3], 2, 0] = 71345
    offers[order[batch * 512 + 7], 5, 0] = 68211
    if not healthy:
        with np.errstate(over="ignore"):
            offers = offers.astype(np.float16)
    np.savez(folder / "log.npz", offers=offers, clicks=clicks.astype(np.int8))
