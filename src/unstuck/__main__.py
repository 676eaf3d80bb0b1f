"""`python -m unstuck`."""

import sys

from unstuck.cli import main

sys.exit(main())
