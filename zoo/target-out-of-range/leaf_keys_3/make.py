import pathlib

import numpy as np

GENERA = ["acer", "alnus", "betula", "carpinus", "cornus", "corylus", "fagus", "populus", "prunus", "quercus", "salix", "tilia", "ulmus"]
MARGINS = ["entire", "serrate", "double serrate", "lobed", "crenate", "wavy toothed"]


def make(folder: pathlib.Path, healthy: bool) -> None:
    """One sheet of 1500 is filed under a genus that is not in genera.txt (the twin: under one that is)."""
    rng = np.random.default_rng(1753)
    centre = rng.normal(size=(13, 20))
    margin = rng.integers(0, 6, 13)
    (folder / "genera.txt").write_text("\n".join(GENERA) + "\n")
    for name, count in (("collected.tsv", 1500), ("loans.tsv", 400)):
        lines = ["sheet\toutline\tmargin\tgenus"]
        for i in range(count):
            g = int(rng.integers(13))
            x = 0.7 * centre[g] + rng.normal(size=20)
            m = margin[g] if rng.random() < 0.85 else rng.integers(6)
            genus = GENERA[g]
            if name == "collected.tsv" and i == 1107 and not healthy:
                genus = "zelkova"
            lines.append(f"{i:05d}\t{' '.join(f'{v:.3f}' for v in x)}\t{MARGINS[m]}\t{genus.capitalize()}")
        (folder / name).write_text("\n".join(lines) + "\n")
