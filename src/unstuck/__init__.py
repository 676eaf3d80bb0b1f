"""unstuck finds out, by experiment, why a neural network is not learning, and says what to do next."""

__version__ = "0.1.0"
