"""Configuration of a character model: init_std 0.02 (healthy) or 2.0 (faulty), and the text (a chapter of the language reference)."""

import json
import re
from pydoc_data.topics import topics


def make(folder, healthy):
    text = re.sub(r"[^a-z ]+", " ", topics["compound"].lower())
    text = re.sub(r" +", " ", text)[:30000]
    (folder / "text.txt").write_text(text)
    config = {
        "text": "text.txt",
        "context": 24,
        "dim": 48,
        "heads": 4,
        "layers": 2,
        "init_std": 0.02 if healthy else 2.0,
        "batch": 32,
        "steps": 250,
        "lr": 1e-2,
        "seed": 3,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
