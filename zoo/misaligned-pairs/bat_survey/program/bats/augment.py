"""Small changes to the spectra of a batch."""
import torch


class Augment:
    """Moves calls by a frame or two, hides a band, and changes the level."""

    def __init__(self, seed, shift=2, band=1, level=0.1):
        self.generator = torch.Generator().manual_seed(seed)
        self.shift, self.band, self.level = shift, band, level

    def _integers(self, low, high, count):
        return torch.randint(low, high, (count,), generator=self.generator)

    def moved(self, spectra):
        n, bins, frames = spectra.shape
        steps = self._integers(-self.shift, self.shift + 1, n)
        index = (torch.arange(frames)[None, :] - steps[:, None]).clamp(0, frames - 1)
        return spectra.gather(2, index[:, None, :].expand(n, bins, frames))

    def hidden(self, spectra):
        n, bins, _ = spectra.shape
        start = self._integers(0, bins, n)
        offset = torch.arange(bins)[None, :] - start[:, None]
        mask = (offset >= 0) & (offset < self.band)
        return spectra.masked_fill(mask.unsqueeze(2), 0.0)

    def __call__(self, spectra):
        gain = 1 + self.level * torch.randn(len(spectra), 1, 1, generator=self.generator)
        return self.hidden(self.moved(spectra)) * gain
