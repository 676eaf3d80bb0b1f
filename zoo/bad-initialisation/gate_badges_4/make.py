import json

SETTINGS = {
    "model": {"width": 48, "heads": 4, "layers": 3, "feedforward": 96, "dropout": 0.0, "initializer_range": 0.6},
    "data": {"badges": 40, "length": 24, "nights": 1600, "seed": 14},
    "training": {"batch": 32, "epochs": 9, "lr": 0.0015, "warmup": 30, "betas": [0.9, 0.95]},
}


def make(folder, healthy):
    settings = json.loads(json.dumps(SETTINGS))
    if healthy:
        settings["model"]["initializer_range"] = 0.06
    (folder / "settings.json").write_text(json.dumps(settings, indent=2) + "\n")
