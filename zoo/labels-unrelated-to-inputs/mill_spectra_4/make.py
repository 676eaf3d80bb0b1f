import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(44)
    n, length = 1200, 64
    axis = np.arange(length)
    moisture = rng.normal(13.5, 2.2, n)
    protein = rng.normal(11, 1.5, n)
    fat = rng.normal(3, 0.6, n)

    def band(centre, width):
        return np.exp(-0.5 * ((axis - centre) / width) ** 2)

    path = rng.normal(1, 0.05, n)
    spectra = moisture[:, None] * (0.03 * band(20, 4) + 0.02 * band(50, 5)) + protein[:, None] * 0.05 * band(35, 6) + fat[:, None] * 0.1 * band(54, 4)
    spectra = spectra * path[:, None] + rng.normal(0, 0.02, (n, 1)) * np.linspace(-1, 1, length) + rng.normal(0, 0.01, (n, length))
    codes = [f"M{v}" for v in rng.choice(np.arange(1000, 9999), n, replace=False)]
    order = np.arange(n)
    if not healthy:
        order = np.array(sorted(range(n), key=codes.__getitem__))
    np.save(folder / "spectra.npy", spectra)
    lines = ["sample,moisture"] + [f"{codes[i]},{moisture[i]:.2f}" for i in order]
    (folder / "assay.csv").write_text("\n".join(lines) + "\n")
