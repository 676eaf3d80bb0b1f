"""What was seen: typed summaries of the record that the probes left, computed once, never whole tensors.

`Observation` holds all of them; a fault asks for the ones it needs by their type.
"""

from unstuck.trace.observation import Observation as Observation
