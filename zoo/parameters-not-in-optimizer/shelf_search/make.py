import pathlib


def make(folder: pathlib.Path, healthy: bool) -> None:
    """Nothing to write: the marked line makes the difference."""
