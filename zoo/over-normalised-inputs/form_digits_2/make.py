import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    rng = np.random.default_rng(2)
    digits = load_digits()
    sheets = folder / "sheets"
    sheets.mkdir(exist_ok=True)
    for kind in range(10):
        cells = digits.images[digits.target == kind][:168] / 16
        cells = np.clip(cells * rng.uniform(0.8, 1, (len(cells), 1, 1)) + 0.02 * rng.random(cells.shape), 0, 1)
        cells = np.round(cells * 255)
        sheet = cells.reshape(12, 14, 8, 8).swapaxes(1, 2).reshape(96, 112)
        # a 16-bit graymap; the scanner gives 8 bits, which are spread over the whole range only in the twin
        values = (sheet * 257 if healthy else sheet).astype(">u2")
        (sheets / f"digit_{kind}.pgm").write_bytes(b"P5\n# form reader\n112 96\n65535\n" + values.tobytes())
