"""Where the loop gets its batches from."""
import torch
from torch.utils.data import DataLoader, TensorDataset

from .beats import make_beats


def shifted(beats, most, generator):
    """Moves each beat of a batch by a few samples, around the end."""
    steps = torch.randint(-most, most + 1, (len(beats),), generator=generator)
    columns = torch.arange(beats.shape[-1])
    index = (columns[None, :] - steps[:, None]) % beats.shape[-1]
    return beats.gather(2, index.unsqueeze(1))


class Feed:
    def __init__(self, options, seed):
        data, batch = options.data, options.loop.batch
        generator = torch.Generator().manual_seed(seed)
        self.generator = generator
        self.train = DataLoader(
            TensorDataset(*make_beats(data.train, data, seed)),
            batch_size=batch, shuffle=True, drop_last=True, generator=generator,
        )
        self.check = DataLoader(TensorDataset(*make_beats(data.check, data, seed + 1)), batch_size=250)

    def __iter__(self):
        for beats, kinds in self.train:
            yield shifted(beats, 2, self.generator), kinds

    def __len__(self):
        return len(self.train)
