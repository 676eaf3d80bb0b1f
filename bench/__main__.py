"""`make bench`: diagnosis quality on the whole zoo; the table goes to `bench/results/quality.md`."""

import sys

from bench.quality import main

sys.exit(main(sys.argv[1:] or ["--table", "bench/results/quality.md"]))
