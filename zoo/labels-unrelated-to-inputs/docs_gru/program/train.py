"""Guess which chapter of the language reference a snippet is from."""

import json
from collections import Counter
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

FOLDER = Path(__file__).resolve().parent
PAD, UNKNOWN = 0, 1


class Vocabulary:
    def __init__(self, texts, size=1500):
        counts = Counter(word for text in texts for word in text.split())
        self.index = {word: i + 2 for i, (word, _) in enumerate(counts.most_common(size))}

    def __len__(self):
        return len(self.index) + 2

    def encode(self, text):
        return torch.tensor([self.index.get(word, UNKNOWN) for word in text.split()])


class TopicModel(nn.Module):
    def __init__(self, words, topics, embedding=48, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(words, embedding, padding_idx=PAD)
        self.gru = nn.GRU(embedding, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, topics)

    def forward(self, tokens):
        states, _ = self.gru(self.embed(tokens))
        mask = (tokens != PAD).unsqueeze(-1)
        pooled = (states * mask).sum(1) / mask.sum(1)
        return self.out(pooled)


def read():
    with open(FOLDER / "snippets.jsonl") as f:
        texts = [json.loads(line)["text"] for line in f]
    topics = [int(line) for line in open(FOLDER / "topics.txt")]
    return list(zip(texts, topics))


def main():
    torch.manual_seed(12)
    pairs = read()
    order = torch.randperm(len(pairs)).tolist()
    cut = len(pairs) * 4 // 5
    train = [pairs[i] for i in order[:cut]]
    val = [pairs[i] for i in order[cut:]]
    vocabulary = Vocabulary(text for text, _ in train)
    n_topics = len({topic for _, topic in pairs})
    print(f"{len(train)} + {len(val)} snippets, {len(vocabulary)} words, {n_topics} topics")

    def collate(batch):
        tokens = pad_sequence([vocabulary.encode(text) for text, _ in batch], batch_first=True)
        return tokens, torch.tensor([topic for _, topic in batch])

    loader = DataLoader(train, batch_size=32, shuffle=True, collate_fn=collate)
    val_loader = DataLoader(val, batch_size=128, collate_fn=collate)

    model = TopicModel(len(vocabulary), n_topics)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    for epoch in range(5):
        model.train()
        losses = []
        for tokens, topics in loader:
            optimizer.zero_grad()
            loss = criterion(model(tokens), topics)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        right = 0
        with torch.no_grad():
            for tokens, topics in val_loader:
                right += (model(tokens).argmax(1) == topics).sum().item()
        print(f"epoch {epoch}: train loss {sum(losses) / len(losses):.3f}, val accuracy {right / len(val):.3f}")


if __name__ == "__main__":
    main()
