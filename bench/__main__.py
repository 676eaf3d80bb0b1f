"""`make bench`: diagnosis quality on the whole zoo, then what a diagnosis costs; the tables go to `bench/results/`."""

import sys

from bench import speed
from bench.quality import main

status = main(sys.argv[1:] or ["--table", "bench/results/quality.md"])
sys.exit(status if sys.argv[1:] else max(status, speed.main([])))
