"""Route a passage of documentation to the module it belongs to."""
import collections
import tomllib

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

PAD, UNKNOWN = 0, 1


def read(path):
    rows = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")]
    return [label for label, _ in rows], [text.lower().split() for _, text in rows]


def vocabulary(texts, min_count):
    counts = collections.Counter(word for text in texts for word in text)
    words = [w for w, n in counts.most_common() if n >= min_count]
    return {w: i + 2 for i, w in enumerate(words)}


def collate(batch):
    width = max(len(codes) for codes, _ in batch)
    padded = torch.full((len(batch), width), PAD)
    for row, (codes, _) in enumerate(batch):
        padded[row, :len(codes)] = torch.tensor(codes)
    return padded, torch.tensor([label for _, label in batch])


class Router(nn.Module):
    def __init__(self, words, classes, embedding, hidden, dropout):
        super().__init__()
        self.embed = nn.Embedding(words, embedding, padding_idx=PAD)
        self.hidden = nn.Linear(embedding, hidden)
        self.drop = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, classes, bias=False)
        nn.init.normal_(self.embed.weight, std=0.3)
        nn.init.zeros_(self.out.weight)

    def forward(self, codes):
        mask = (codes != PAD).unsqueeze(-1)
        vectors = self.drop(self.embed(codes)) * mask
        pooled = vectors.sum(1) / mask.sum(1)
        return self.out(self.drop(F.relu(self.hidden(self.drop(pooled)))))


def evaluate(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for codes, label in loader:
            right += (model(codes).argmax(1) == label).sum().item()
            total += len(label)
    model.train()
    return right / total


def main():
    config = tomllib.load(open("router.toml", "rb"))
    network, schedule = config["network"], config["schedule"]
    torch.manual_seed(config["seed"])
    names, texts = read("passages.tsv")
    cut = int(0.85 * len(texts))
    words = vocabulary(texts[:cut], config["min_count"])
    classes = {name: i for i, name in enumerate(sorted(set(names)))}
    examples = [([words.get(w, UNKNOWN) for w in text], classes[name]) for text, name in zip(texts, names)]
    train_loader = DataLoader(examples[:cut], batch_size=schedule["batch"], collate_fn=collate)
    test_loader = DataLoader(examples[cut:], batch_size=256, collate_fn=collate)
    print(f"{len(examples)} passages, {len(words)} words, {len(classes)} modules")

    model = Router(len(words) + 2, len(classes), **network)
    weights = [p for name, p in model.named_parameters() if not name.endswith("hidden.bias")]
    optimizer = torch.optim.Adam(weights, lr=schedule["lr"], betas=(0.9, 0.98))
    print(f"accuracy before training {evaluate(model, test_loader):.3f}")
    for epoch in range(schedule["epochs"]):
        total = 0.0
        for codes, label in train_loader:
            loss = F.cross_entropy(model(codes), label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch + 1:2d}  loss {total / len(train_loader):.3f}  test accuracy {evaluate(model, test_loader):.3f}")


if __name__ == "__main__":
    main()
