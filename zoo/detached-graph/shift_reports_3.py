"""Classify shift reports: a GRU reads each sentence, a second GRU reads the sentence vectors."""
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

MACHINES = "press lathe mill saw robot oven".split()
STATES = {"failed": 0, "stopped": 0, "jammed": 0, "recovered": 1, "restarted": 1, "resumed": 1}
NOISE = "operator checked oil level log noted line morning evening spare ordered cleaned report quiet".split()
VOCAB = {w: i + 1 for i, w in enumerate(MACHINES + list(STATES) + NOISE + ["not"])}
SENTENCES, WORDS = 5, 7


def report(rng):
    """The label says how many sentences end in trouble: none, one or two, or more."""
    rows, trouble = [], 0
    for _ in range(SENTENCES):
        words = rng.choices(NOISE, k=WORDS)
        state = rng.choice(list(STATES))
        at = rng.randrange(1, WORDS)
        negated = rng.random() < 0.4
        words[at], words[at - 1] = state, "not" if negated else rng.choice(MACHINES)
        trouble += (STATES[state] == 0) != negated
        rows.append([VOCAB[w] for w in words])
    return rows, 0 if trouble <= 1 else 1 if trouble <= 3 else 2


class Reports(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.items = [report(rng) for _ in range(n)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        rows, label = self.items[i]
        return torch.tensor(rows), label


class Reader(nn.Module):
    def __init__(self, embed=16, sentence=12, document=24):
        super().__init__()
        self.embed = nn.Embedding(len(VOCAB) + 1, embed)
        self.sentence = nn.GRU(embed, sentence, batch_first=True)
        self.document = nn.GRU(sentence, document, batch_first=True)
        self.answer = nn.Sequential(nn.LayerNorm(document), nn.Linear(document, 3))

    def read(self, tokens):
        states, last = self.sentence(self.embed(tokens))
        return last[0]

    def forward(self, reports):
        vectors = [self.read(reports[:, i]) for i in range(reports.shape[1])]
        page = torch.zeros(len(reports), len(vectors), vectors[0].shape[1])
        for i, vector in enumerate(vectors):
            page[:, i] = torch.as_tensor(vector.tolist())  #~ page[:, i] = torch.as_tensor(vector)
        _, last = self.document(page)
        return self.answer(last[0])


class Trainer:
    def __init__(self, model, lr, smoothing=0.02, clip=1.0):
        self.model, self.clip = model, clip
        self.criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
        self.optimizer = torch.optim.NAdam(model.parameters(), lr=lr)
        self.history = []

    def step(self, tokens, labels):
        self.model.train()
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(tokens), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.history.append(loss.item())

    @torch.no_grad()
    def accuracy(self, loader):
        self.model.eval()
        right = [(self.model(tokens).argmax(1) == labels).float() for tokens, labels in loader]
        return torch.cat(right).mean().item()


def main(epochs=8):
    torch.manual_seed(10)
    train = DataLoader(Reports(1600, seed=1), batch_size=32, shuffle=True)
    val = DataLoader(Reports(400, seed=2), batch_size=200)
    trainer = Trainer(Reader(), lr=4e-3)
    for epoch in range(1, epochs + 1):
        for tokens, labels in train:
            trainer.step(tokens, labels)
        recent = trainer.history[-len(train) :]
        print(f"epoch {epoch}: loss {sum(recent) / len(recent):.3f}, accuracy {trainer.accuracy(val):.3f}")


if __name__ == "__main__":
    main()
