"""The stage `debug`: get it to run, overfit a single batch, find and prove the fault.

`diagnosis` is the whole way in order; `lab` runs universes and keeps their results; `verdicts` turns effects into trials
and findings; `crash` explains a program that stops.
"""

from unstuck.debug.diagnosis import Options as Options
from unstuck.debug.diagnosis import diagnose as diagnose
