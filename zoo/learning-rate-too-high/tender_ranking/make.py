import json


def make(folder, healthy):
    settings = {
        "seed": 14,
        "trades": 12,
        "features": 6,
        "width": 48,
        "epochs": 16,
        "batch": 40,
        "temperature": 1.5,
        "momentum": 0.9,
        "lr": {"tower": 0.1 if healthy else 1.5, "side": 0.05},
    }
    (folder / "settings.json").write_text(json.dumps(settings, indent=2) + "\n")
