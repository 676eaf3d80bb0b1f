"""The anchors: where PyTorch is taken hold of, one file each. `install(session)` wraps it and tells the session's listeners.

They import torch, so the session imports them only as it installs them. What they wrap keeps its name and its frames: a
place is found by walking outward from the wrapper.
"""
