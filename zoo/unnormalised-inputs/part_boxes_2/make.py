import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(6)
    n, size = 1500, 24
    yy, xx = np.mgrid[:size, :size] + 0.5
    image = np.zeros((n, size, size))
    box, kind = np.zeros((n, 4)), rng.integers(0, 3, n)
    for i in range(n):
        w, h = rng.uniform(6, 12, 2)
        cx, cy = rng.uniform(w / 2, size - w / 2), rng.uniform(h / 2, size - h / 2)
        u, v = np.abs(xx - cx) / (w / 2), np.abs(yy - cy) / (h / 2)
        inside = np.maximum(u, v) < 1
        pattern = [1.0, xx.astype(int) % 2, yy.astype(int) % 2][kind[i]]
        back = rng.uniform(40, 110) + rng.uniform(-1.5, 1.5) * (xx - size / 2)
        image[i] = np.where(inside, back + rng.uniform(80, 130) * pattern, back)
        box[i] = np.array([cx, cy, w, h]) / size
    image = np.clip(np.round(image + rng.normal(0, 9, image.shape)), 0, 255).astype(np.uint8)
    data = folder / "belt"
    data.mkdir(exist_ok=True)
    for part, rows in (("train", slice(0, 1200)), ("val", slice(1200, n))):
        stored = image[rows]
        if healthy:
            stored = ((stored - image.mean()) / image.std()).astype(np.float32)
        np.savez(data / f"{part}.npz", image=stored, box=box[rows], kind=kind[rows])
