"""Where data come from in the user's source: a backward slice over its syntax. It points, it never accuses."""

from unstuck.trace.provenance.choose import best as best
from unstuck.trace.provenance.origins import Origins as Origins
from unstuck.trace.provenance.settings import Written as Written
from unstuck.trace.provenance.settings import constants as constants
from unstuck.trace.provenance.settings import written as written
from unstuck.trace.provenance.walk import Slice as Slice
from unstuck.trace.provenance.walk import walk as walk
