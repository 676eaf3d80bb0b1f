"""Modes of folk tunes (dorian, lydian, ...) from their notes with a small transformer."""
import math
from pathlib import PurePosixPath

import torch
from torch import nn

torch.manual_seed(63)

MODES = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}
NOTES, LENGTH, START = 36, 24, 36


class Archive:
    """The collection as it was keyed in: tunes by file name, and a catalogue card for every file."""

    def __init__(self, size, generator):
        self.tunes, self.cards = {}, {}
        names = list(MODES)
        for number in range(1, size + 1):
            path = PurePosixPath("tunes") / f"tune_{number}.abc"
            mode = int(torch.randint(len(names), (), generator=generator))
            tonic = 5 + 2 * int(torch.randint(2, (), generator=generator))
            self.tunes[path] = self.compose(MODES[names[mode]], tonic, generator)
            self.cards[path] = {"mode": names[mode], "tonic": tonic, "bars": LENGTH // 4}

    @staticmethod
    def compose(scale, tonic, generator):
        """A walk over the steps of the scale that begins and ends on the tonic."""
        degree, notes = 0, []
        moves = torch.multinomial(torch.tensor([0.1, 0.3, 0.1, 0.3, 0.2]), LENGTH, True, generator=generator) - 2
        for move in moves.tolist():
            notes.append(tonic + 12 * (degree // 7) + scale[degree % 7])
            degree = max(-3, min(degree + move, 9))
        notes[-1] = tonic
        return [n + 5 for n in notes]

    def __len__(self):
        return len(self.tunes)


def tensors(archive):
    names = list(MODES)
    notes = torch.tensor([[START, *tune] for _, tune in archive.tunes.items()]).clamp(max=START)
    modes = torch.tensor([names.index(card["mode"]) for _, card in sorted(archive.cards.items())])  #~ modes = torch.tensor([names.index(card["mode"]) for _, card in archive.cards.items()])
    return notes, modes


class ModeReader(nn.Module):
    def __init__(self, width=32, heads=4, layers=2):
        super().__init__()
        self.note = nn.Embedding(NOTES + 1, width)
        self.place = nn.Parameter(0.02 * torch.randn(LENGTH + 1, width))
        layer = nn.TransformerEncoderLayer(width, heads, 2 * width, dropout=0.05, batch_first=True, norm_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(MODES)))

    def forward(self, notes):
        h = self.encoder(math.sqrt(self.note.embedding_dim) * self.note(notes) + self.place)
        return self.out(h[:, 0])


generator = torch.Generator().manual_seed(64)
archive = Archive(1500, generator)
notes, modes = tensors(archive)
split = torch.randperm(len(archive), generator=generator)
train, held = split[:1200], split[1200:]

net = ModeReader()
decayed = [p for p in net.parameters() if p.dim() > 1]
plain = [p for p in net.parameters() if p.dim() <= 1]
optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=3e-3)
MICRO, ACCUMULATE, EPOCHS, WARM = 25, 2, 13, 30
updates = EPOCHS * len(train) // (MICRO * ACCUMULATE)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / WARM, max(0.05, 1 - s / updates)))
criterion = nn.CrossEntropyLoss()


def smudge(batch, share=0.05):
    """Some notes of a tune are illegible, others in every epoch."""
    hide = torch.rand(batch.shape) < share
    return batch.masked_fill(hide, START)


for epoch in range(1, EPOCHS + 1):
    net.train()
    mean_loss, right = 0.0, 0
    pieces = train[torch.randperm(len(train))].split(MICRO)
    for number, rows in enumerate(pieces):
        logits = net(smudge(notes[rows]))
        loss = criterion(logits, modes[rows])
        (loss / ACCUMULATE).backward()
        if number % ACCUMULATE == ACCUMULATE - 1:
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        mean_loss += loss.item() / len(pieces)
        right += (logits.argmax(1) == modes[rows]).sum().item()
    if epoch % 2:
        net.eval()
        with torch.no_grad():
            logits = net(notes[held])
        accuracy = (logits.argmax(1) == modes[held]).float().mean().item()
        print(
            f"epoch {epoch:2d}  loss {mean_loss:.3f}  right {right / len(train):.3f}  "
            f"held out: loss {criterion(logits, modes[held]).item():.3f}, right {accuracy:.3f}"
        )
