"""Character-level language model, trained on one long text in parallel streams."""
import json
import math

import torch
from torch import nn

options = json.load(open("options.json"))
torch.manual_seed(1111)


class Corpus:
    def __init__(self, path, held_out=0.1):
        text = open(path, encoding="utf-8").read()
        self.symbols = sorted(set(text))
        index = {c: i for i, c in enumerate(self.symbols)}
        codes = torch.tensor([index[c] for c in text])
        cut = int(len(codes) * (1 - held_out))
        self.train, self.valid = codes[:cut], codes[cut:]

    def streams(self, codes, n):
        length = len(codes) // n
        return codes[:length * n].view(n, length)


def windows(streams, width):
    for start in range(0, streams.size(1) - 1, width):
        stop = min(start + width, streams.size(1) - 1)
        yield streams[:, start:stop], streams[:, start + 1:stop + 1]


class CharModel(nn.Module):
    def __init__(self, symbols, embedding, hidden):
        super().__init__()
        self.encoder = nn.Embedding(symbols, embedding)
        self.rnn = nn.GRU(embedding, hidden, batch_first=True)
        self.decoder = nn.Linear(hidden, symbols)
        self.reset()

    def reset(self, width=0.1):
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -width, width)

    def forward(self, codes, state=None):
        hidden, state = self.rnn(self.encoder(codes), state)
        return self.decoder(hidden), state


corpus = Corpus("corpus.txt")
model = CharModel(len(corpus.symbols), options["embedding"], options["hidden"])
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=options["lr"])
train_streams = corpus.streams(corpus.train, options["streams"])
valid_streams = corpus.streams(corpus.valid, options["streams"])


def validate():
    model.eval()
    total, count, state = 0.0, 0, None
    with torch.no_grad():
        for codes, following in windows(valid_streams, 64):
            scores, state = model(codes, state)
            total += criterion(scores.transpose(1, 2), following).item() * following.numel()
            count += following.numel()
    model.train()
    return total / count


print(f"{len(corpus.symbols)} symbols, validation {validate() / math.log(2):.3f} bits per character before training")
for epoch in range(options["epochs"]):
    state, recent = None, []
    for step, (codes, following) in enumerate(windows(train_streams, options["window"]), start=1):
        if state is not None:
            state = state.detach()
        scores, state = model(codes, state)
        loss = criterion(scores.flatten(0, 1), following.flatten())
        model.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), options["clip"])
        optimizer.step()
        recent.append(loss.item())
        if step % 60 == 0:
            print(f"epoch {epoch} step {step:4d}  train {sum(recent) / len(recent) / math.log(2):.3f} bits per character")
            recent = []
    print(f"epoch {epoch}  validation {validate() / math.log(2):.3f} bits per character")
