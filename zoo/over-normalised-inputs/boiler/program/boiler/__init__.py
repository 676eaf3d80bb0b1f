from . import loop, network, readings, scaling

__all__ = ["loop", "network", "readings", "scaling"]
