"""Short-time spectra."""
import numpy as np

WINDOW = 24
HOP = 8


def frames(waves):
    """(calls, frames, WINDOW)"""
    view = np.lib.stride_tricks.sliding_window_view(waves, WINDOW, axis=1)
    return view[:, ::HOP] * np.hanning(WINDOW)[None, None]


def spectra(waves):
    """Log power (calls, bins, frames), float32."""
    power = np.abs(np.fft.rfft(frames(waves), axis=2)) ** 2
    return np.log(power + 1e-2).transpose(0, 2, 1).astype(np.float32)


class Levels:
    """Mean and spread of the bins over the calls of a night."""

    def __init__(self, values):
        self.mean = values.mean(axis=(0, 2), keepdims=True)
        self.spread = values.std(axis=(0, 2), keepdims=True) + 1e-6

    def __call__(self, values):
        return (values - self.mean) / self.spread
