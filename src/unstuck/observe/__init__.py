"""Looking at a program that trains: probes on PyTorch itself, which leave it exactly as it was.

`session` installs the anchors (batch drawn, module called, backward, optimizer step) and hands events to probes, one
file each; `sources` says which line of the user's code did it; `graph` reads facts off the autograd graph. This room
knows no fault. Everything here runs inside the watched program's process and may import torch (lazily).
"""
