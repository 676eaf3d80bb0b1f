import json
import pathlib


def make(folder: pathlib.Path, healthy: bool) -> None:
    """organ.json: all values alike but the spread of the first weights."""
    config = {
        "seed": 8,
        "noise": 0.05,
        "batch": 47,
        "epochs": 15,
        "gamma": 0.97,
        "smoothing": 0.02,
        "model": {"width": 90, "depth": 5, "std": 0.1 if healthy else 0.7, "shift": 0.01, "out_scale": 0.7},
        "sgd": {"lr": 0.02, "momentum": 0.92, "weight_decay": 3e-5},
    }
    (folder / "organ.json").write_text(json.dumps(config, indent=2) + "\n")
