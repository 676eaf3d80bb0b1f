"""Looking at a program that trains: probes on PyTorch itself, which leave it exactly as it was.

`anchors` take hold of PyTorch, one file each (loaders, modules, backward, optimizers …); `session` installs them, keeps
what is known of the program's objects and tells the listeners (`events`). The `probes` listen, one file each; `sources`
says which line of the user's code did it; `graph` reads facts off the autograd graph. This room knows no fault.
Everything here runs inside the watched program's process and may import torch (lazily).
"""
