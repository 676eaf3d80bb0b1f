"""Settings of a run, as sections of keyword arguments."""
import argparse

DEFAULTS = {
    "survey": {"calls": 2400, "check_calls": 600, "samples": 96, "noise": 0.5},
    "filter": {"quiet": 0.30, "loud": 3.5},
    "model": {"channels": 32, "state": 40, "embed": 24, "drop": 0.05},
    "optimizer": {"lr": 3e-3, "alpha": 0.97, "momentum": 0.1, "eps": 1e-6},
    "run": {"epochs": 14, "batch": 41, "accumulate": 1, "clip": 9.0, "centre": 0.02, "seed": 31},
}


def read(argv=None):
    """DEFAULTS with what the command line changes: section.name=value ..."""
    parser = argparse.ArgumentParser(prog="bats")
    parser.add_argument("changes", nargs="*", metavar="SECTION.NAME=VALUE")
    args = parser.parse_args(argv)
    settings = {section: dict(values) for section, values in DEFAULTS.items()}
    for change in args.changes:
        key, _, value = change.partition("=")
        section, _, name = key.partition(".")
        if name not in settings.get(section, {}):
            parser.error(f"no setting {key}")
        settings[section][name] = type(settings[section][name])(value)
    return settings
