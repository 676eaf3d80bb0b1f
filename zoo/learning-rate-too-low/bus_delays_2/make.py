import pathlib


def make(folder: pathlib.Path, healthy: bool) -> None:
    rise = 60 if healthy else 9000
    (folder / "delays.toml").write_text(f"""[model]
width = 40

[fit]
lr = 0.006
rise = {rise}
clip = 2.0
laps = 9
batch = 64
seed = 31
""")
