import json
import pathlib


def make(folder: pathlib.Path, healthy: bool) -> None:
    setup = {
        "width": 48,
        "lr": 0.004,
        "betas": [0.9 if healthy else 0.9985, 0.95],
        "decay": 0.02,
        "laps": 7,
        "batch": 40,
        "seed": 9,
    }
    (folder / "setup.json").write_text(json.dumps(setup, indent=2))
