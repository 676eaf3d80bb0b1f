"""Which of the lists does a word come from?  Words are read line by line from disk; a bag of letter groups decides.

lexicon.jsonl   {"word": ..., "list": ...}   to learn from
check.jsonl     the same, for the reports
"""
import json
import zlib
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

HERE = Path(__file__).resolve().parent
BUCKETS = 4096
PASSES = 7


def groups(word, sizes=(2, 3)):
    """Hashed letter groups of a word, with its ends marked."""
    marked = f"<{word}>"
    return [
        zlib.crc32(marked[i : i + n].encode()) % BUCKETS
        for n in sizes
        for i in range(len(marked) - n + 1)
    ]


class Lexicon(IterableDataset):
    def __init__(self, path, names):
        self.path, self.index = path, {name: i for i, name in enumerate(names)}

    def __iter__(self):
        with open(self.path, encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                yield groups(entry["word"]), self.index[entry["list"]]


def bag(batch):
    flat, offsets, labels = [], [], []
    for ids, label in batch:
        offsets.append(len(flat))
        flat.extend(ids)
        labels.append(label)
    return torch.tensor(flat), torch.tensor(offsets), torch.tensor(labels)


class WordNet(nn.Module):
    def __init__(self, classes, width=24):
        super().__init__()
        self.table = nn.EmbeddingBag(BUCKETS, width, mode="mean")
        self.hidden = nn.Linear(width, 48)
        self.out = nn.Linear(48, classes)
        nn.init.uniform_(self.table.weight, -1.0, 1.0)

    def forward(self, flat, offsets):
        return self.out(torch.relu(self.hidden(self.table(flat, offsets))))


@torch.no_grad()
def report(net, loader, names):
    net.eval()
    table = torch.zeros(len(names), len(names), dtype=torch.long)
    for flat, offsets, labels in loader:
        for truth, guess in zip(labels, net(flat, offsets).argmax(1)):
            table[truth, guess] += 1
    net.train()
    recall = table.diag() / table.sum(1)
    return (table.diag().sum() / table.sum()).item(), "  ".join(f"{n} {r:.2f}" for n, r in zip(names, recall.tolist()))


def main():
    torch.manual_seed(41)
    names = json.loads((HERE / "lists.json").read_text())
    train = DataLoader(Lexicon(HERE / "lexicon.jsonl", names), batch_size=40, collate_fn=bag)
    check = DataLoader(Lexicon(HERE / "check.jsonl", names), batch_size=200, collate_fn=bag)

    net = WordNet(len(names))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.8)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.02)
    steps, ema = 0, 1.6
    for number in range(PASSES):
        for flat, offsets, labels in train:
            loss = criterion(net(flat, offsets), labels)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 3.0)
            optimizer.step()
            steps += 1
            ema += 0.04 * (loss.item() - ema)
        accuracy, recalls = report(net, check, names)
        print(f"pass {number + 1} ({steps} steps)  loss {ema:.3f}  accuracy {accuracy:.3f}  |  {recalls}")
        for group in optimizer.param_groups:
            group["lr"] *= 0.9


if __name__ == "__main__":
    main()
