from .audio import KEYS, load_presses
from .net import KeypadNet

__all__ = ["KEYS", "KeypadNet", "load_presses"]
