import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(8)
    n, size = 720, 20
    yy, xx = np.mgrid[:size, :size]
    image = np.zeros((n, 3, size, size))
    mask = np.zeros((n, size, size), dtype=np.uint8)
    for i in range(n):
        for _ in range(rng.integers(1, 4)):
            cy, cx = rng.uniform(2, size - 2, 2)
            h, w = rng.uniform(2, 6, 2)
            angle = rng.uniform(0, np.pi)
            u = (yy - cy) * np.cos(angle) + (xx - cx) * np.sin(angle)
            v = -(yy - cy) * np.sin(angle) + (xx - cx) * np.cos(angle)
            mask[i] |= ((np.abs(u) < h) & (np.abs(v) < w)).astype(np.uint8)
        soil, crop = np.array([0.5, -0.1, -0.4]), np.array([-0.3, 0.5, -0.2])
        light = rng.normal(0, 0.5, 3)
        image[i] = np.where(mask[i], crop[:, None, None], soil[:, None, None]) + light[:, None, None]
    image += rng.normal(0, 0.5, image.shape)
    data = folder / "tiles"
    data.mkdir(exist_ok=True)
    for s in range(5):
        rows = np.arange(s * 120, (s + 1) * 120)
        other = rows
        if not healthy and s in (1, 3, 4):
            other = np.array(sorted(rows, key=lambda i: str(i - s * 120)))
        np.save(data / f"image_{s}.npy", image[rows].astype(np.float32))
        np.save(data / f"mask_{s}.npy", mask[other])
    np.save(data / "image_val.npy", image[600:].astype(np.float32))
    np.save(data / "mask_val.npy", mask[600:])
