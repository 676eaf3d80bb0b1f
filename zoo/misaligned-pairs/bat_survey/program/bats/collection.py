"""Calls and species, ready for training."""
import torch
from torch.utils.data import Dataset

from . import SPECIES
from .quality import Gate
from .spectrum import Levels, spectra


class Collection(Dataset):
    """Spectra of the recordings of a night that pass the gate, with their species."""

    def __init__(self, night, gate, levels=None):
        values = spectra(gate(night.waves))
        self.levels = levels or Levels(values)
        self.values = torch.from_numpy(self.levels(values))
        species = night.species[:len(values)]  #~ species = night.species[gate.kept]
        self.species = torch.from_numpy(species)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return self.values[index], self.species[index]

    def counts(self):
        numbers = torch.bincount(self.species, minlength=len(SPECIES)).tolist()
        return dict(zip(SPECIES, numbers))


def collect(training_night, check_night, quiet, loud, say=print):
    parts = []
    levels = None
    for name, night in (("training", training_night), ("check", check_night)):
        gate = Gate(quiet, loud)
        part = Collection(night, gate, levels)
        levels = part.levels
        say(f"{name} night: {gate.text(len(night))}")
        parts.append(part)
    return parts
