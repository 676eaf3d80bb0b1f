"""Settings from a JSON file, with attribute access."""
import json
from types import SimpleNamespace

REQUIRED = {
    "data": {"beats", "length", "noise", "batch", "shift", "gain"},
    "model": {"channels", "stages", "blocks", "dropout"},
    "optim": {"lr", "momentum", "weight_decay", "final"},
}


def check(raw):
    for section, keys in REQUIRED.items():
        missing = keys - set(raw.get(section, {}))
        if missing:
            raise KeyError(f"{section} lacks {', '.join(sorted(missing))}")
    if raw["data"]["length"] % 2 ** raw["model"]["stages"]:
        raise ValueError("the length must be divisible by two for every stage")


def load(path):
    with open(path) as f:
        raw = json.load(f)
    check(raw)
    return json.loads(json.dumps(raw), object_hook=lambda d: SimpleNamespace(**d))
