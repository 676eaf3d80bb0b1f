"""Concentrations of compounds from absorption spectra.

    python main.py [run.toml]
"""
import sys

from spectra.config import load
from spectra.experiment import Experiment


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "run.toml"
    experiment = Experiment(load(path))
    experiment.run()
    experiment.report()


if __name__ == "__main__":
    main()
