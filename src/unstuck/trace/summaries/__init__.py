"""The typed summaries. Each is built from one part of a record and knows how to answer simple questions about it.

One file a probe's record, with the small types that its summary is made of. Faults import them from here.
"""

from unstuck.trace.summaries.activations import Activations as Activations
from unstuck.trace.summaries.activations import Dropout as Dropout
from unstuck.trace.summaries.activations import Rectifier as Rectifier
from unstuck.trace.summaries.batches import Batches as Batches
from unstuck.trace.summaries.batches import Leaf as Leaf
from unstuck.trace.summaries.by_hand import ByHand as ByHand
from unstuck.trace.summaries.clipping import Clip as Clip
from unstuck.trace.summaries.clipping import Clipping as Clipping
from unstuck.trace.summaries.cuts import Cut as Cut
from unstuck.trace.summaries.cuts import Cuts as Cuts
from unstuck.trace.summaries.losses import Agreement as Agreement
from unstuck.trace.summaries.losses import Broadcast as Broadcast
from unstuck.trace.summaries.losses import LossCall as LossCall
from unstuck.trace.summaries.losses import Losses as Losses
from unstuck.trace.summaries.model import Model as Model
from unstuck.trace.summaries.model import Module as Module
from unstuck.trace.summaries.model import Output as Output
from unstuck.trace.summaries.model import Parameter as Parameter
from unstuck.trace.summaries.modes import ModeRun as ModeRun
from unstuck.trace.summaries.modes import Modes as Modes
from unstuck.trace.summaries.optimizers import Optimizer as Optimizer
from unstuck.trace.summaries.optimizers import Optimizers as Optimizers
from unstuck.trace.summaries.updates import Updates as Updates
