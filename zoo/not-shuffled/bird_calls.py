"""Which of eight birds is calling? Calls of different length, a few spectral features a frame, a small GRU."""
import math

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset, Sampler

BIRDS = ["wren", "robin", "blackcap", "chiffchaff", "nuthatch", "dunnock", "linnet", "siskin"]
FEATURES = 6


def one_call(kind, g):
    """A call is a pitch contour: each bird has its own start, slope, trill rate and trill depth."""
    frames = int(torch.randint(14, 40, (), generator=g))
    t = torch.linspace(0, 1, frames)
    start = 0.25 * (kind % 4) - 0.4
    slope = 0.5 if kind % 2 else -0.4
    rate = 3.0 + 1.7 * (kind // 2)
    depth = 0.15 + 0.05 * (kind % 3)
    shift = 0.18 * torch.randn((), generator=g)
    pitch = start + shift + slope * t + depth * torch.sin(2 * math.pi * (rate * t + torch.rand((), generator=g)))
    bands = torch.linspace(-1, 1, FEATURES)
    energy = torch.exp(-((pitch[:, None] - bands) / 0.35) ** 2)
    return 2 * energy - 0.6 + 0.25 * torch.randn(frames, FEATURES, generator=g)


class Recordings(Dataset):
    """The calls of all birds, as many of each."""

    def __init__(self, each, seed):
        g = torch.Generator().manual_seed(seed)
        self.calls, self.birds = [], []
        for kind in range(len(BIRDS)):
            for _ in range(each):
                self.calls.append(one_call(kind, g))
                self.birds.append(kind)

    def __len__(self):
        return len(self.calls)

    def __getitem__(self, i):
        return self.calls[i], self.birds[i]


class LengthBatches(Sampler):
    """Batches of calls of nearly the same length, so that little padding is computed."""

    def __init__(self, lengths, size, pool, seed=0):
        self.lengths, self.size, self.pool = lengths, size, pool
        self.g = torch.Generator().manual_seed(seed)

    def __len__(self):
        return math.ceil(len(self.lengths) / self.size)

    def __iter__(self):
        order = torch.arange(len(self.lengths))  #~ order = torch.randperm(len(self.lengths), generator=self.g)
        for pool in order.split(self.pool):
            ranked = pool[torch.argsort(self.lengths[pool], descending=True)]
            batches = ranked.split(self.size)
            for b in torch.randperm(len(batches), generator=self.g).tolist():
                yield batches[b].tolist()


def together(samples):
    calls, birds = zip(*samples)
    lengths = torch.tensor([len(call) for call in calls])
    return pad_sequence(calls, batch_first=True), lengths, torch.tensor(birds)


class CallNet(nn.Module):
    def __init__(self, width=40):
        super().__init__()
        self.frame = nn.Linear(FEATURES, width, bias=False)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, len(BIRDS))
        nn.init.normal_(self.out.weight, std=0.02)

    def forward(self, calls, lengths):
        h = torch.tanh(self.frame(calls))
        packed = pack_padded_sequence(h, lengths, batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed)
        return self.out(last[0])


@torch.no_grad()
def accuracy(net, loader):
    net.eval()
    hits = total = 0
    for calls, lengths, birds in loader:
        hits += (net(calls, lengths).argmax(1) == birds).sum().item()
        total += len(birds)
    return hits / total


def main():
    torch.manual_seed(5)
    train, held = Recordings(150, seed=6), Recordings(40, seed=7)
    lengths = torch.tensor([len(call) for call in train.calls])
    batches = LengthBatches(lengths, size=25, pool=200)
    loader = DataLoader(train, batch_sampler=batches, collate_fn=together)
    check = DataLoader(held, batch_size=80, collate_fn=together)

    net = CallNet()
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-2)
    for epoch in range(1, 9):
        net.train()
        seen = 0.0
        for calls, lengths, birds in loader:
            loss = nn.functional.cross_entropy(net(calls, lengths), birds, label_smoothing=0.02)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            seen += loss.item() * len(birds)
        print(f"epoch {epoch}  loss {seen / len(train):.3f}  held-out calls {accuracy(net, check):.3f}")


if __name__ == "__main__":
    main()
