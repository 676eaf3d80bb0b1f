import pathlib


def make(folder: pathlib.Path, healthy: bool) -> None:
    shrink = "0.02" if healthy else "0.6"
    (folder / "films.ini").write_text(f"""[model]
size = 6
init = 0.3
shrink = {shrink}

[fit]
lr = 0.03
epochs = 15
batch = 200
seed = 12
""")
