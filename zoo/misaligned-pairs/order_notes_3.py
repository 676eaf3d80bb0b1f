# Which department should get a note? Notes of two offices, a GRU over words.
import random
from collections import Counter

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

torch.manual_seed(9)
random.seed(9)
DEPARTMENTS = {
    "billing": "invoice refund charge card receipt amount paid tax overdue bank".split(),
    "delivery": "parcel courier late tracking address depot damaged box arrived van".split(),
    "account": "password login email locked reset profile name delete verify code".split(),
    "product": "broken screen battery manual spare colour size warranty noise heats".split(),
}
FILLER = "please the my i have a was it for you can not since yesterday again hello thanks and to this".split()
NAMES = list(DEPARTMENTS)


def write_notes(count, empty_share):
    notes, labels = [], []
    for _ in range(count):
        topic = random.choice(NAMES)
        words = []
        for _ in range(random.randint(5, 12)):
            draw = random.random()
            source = DEPARTMENTS[topic] if draw < 0.28 else DEPARTMENTS[random.choice(NAMES)] if draw < 0.38 else FILLER
            words.append(random.choice(source))
        if random.random() < empty_share:
            words = ["--"]
        notes.append(" ".join(words))
        labels.append(NAMES.index(topic))
    return notes, labels


def clean(notes, labels):
    """Leave out the notes that say nothing."""
    kept = [note for note in notes if len(note) > 2]
    marks = labels[: len(kept)]  #~ marks = [label for note, label in zip(notes, labels) if len(note) > 2]
    return kept, marks


office_a = clean(*write_notes(1100, 0.0))
office_b = clean(*write_notes(1500, 0.02))
texts, labels = office_a[0] + office_b[0], office_a[1] + office_b[1]
held_texts, held_labels = write_notes(600, 0.0)

counts = Counter(w for t in texts for w in t.split())
vocabulary = {w: i + 2 for i, (w, _) in enumerate(counts.most_common(500))}


def encode(text):
    return torch.tensor([vocabulary.get(w, 1) for w in text.split()])


class Router(nn.Module):
    def __init__(self, words, width=24, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(words, width, padding_idx=0)
        self.gru = nn.GRU(width, hidden, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden, len(NAMES))

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embed(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, state = self.gru(packed)
        return self.head(torch.cat([state[0], state[1]], dim=1))


def batches(texts, labels, size, shuffle):
    index = list(range(len(texts)))
    if shuffle:
        random.shuffle(index)
    for i in range(0, len(index), size):
        rows = index[i:i + size]
        tokens = [encode(texts[r]) for r in rows]
        lengths = torch.tensor([len(t) for t in tokens])
        yield pad_sequence(tokens, batch_first=True), lengths, torch.tensor([labels[r] for r in rows])


model = Router(len(vocabulary) + 2)
optimizer = torch.optim.NAdam(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss(label_smoothing=0.02, reduction="mean")
best = 0.0
for epoch in range(5):
    model.train()
    losses = []
    for tokens, lengths, target in batches(texts, labels, 32, shuffle=True):
        loss = criterion(model(tokens, lengths), target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        hits = sum((model(t, n).argmax(1) == y).sum().item() for t, n, y in batches(held_texts, held_labels, 200, False))
    best = max(best, hits / len(held_texts))
    print(f"epoch {epoch}: loss {sum(losses) / len(losses):.3f}  held-out accuracy {hits / len(held_texts):.3f}")
print(f"{len(texts)} notes, {len(vocabulary)} words, best {best:.3f}")
