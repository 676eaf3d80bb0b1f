"""The stage `debug`: get it to run, overfit a single batch, find and prove the fault.

`diagnosis` is the whole way in order; `court` says which experiments are run and when the answer is clear; `lab` runs them;
`evidence` holds what they measured against, `verdicts` what it says of each suspicion, `doubts` what speaks against that;
`findings` puts the proved cause into words; `crash` explains a program that stops.
"""

from unstuck.debug.diagnosis import Options as Options
from unstuck.debug.diagnosis import diagnose as diagnose
