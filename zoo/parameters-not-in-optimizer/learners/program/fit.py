#!/usr/bin/env python
"""Fits the response model to a simulated course and prints what it found."""
from learners.options import Options
from learners.pipeline import Pipeline


if __name__ == "__main__":
    options = Options.from_arguments()
    print(options.lines())
    pipeline = Pipeline(options)
    pipeline.prepare()
    pipeline.run()
    pipeline.report()
