# Tag each word of a toy order ("two large coffees and a tea") as quantity, size, item or other.
import random

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

random.seed(0)
torch.manual_seed(0)

QUANTITY = "a one two three four five six dozen".split()
SIZE = "small medium large huge tiny regular".split()
ITEM = "coffee tea cocoa muffin bagel scone juice water soup salad".split()
OTHER = "please and with i would like to have then also thanks can get".split()
TAGS = {"other": 0, "quantity": 1, "size": 2, "item": 3}


def sample_order():
    words, tags = [], []

    def put(choices, tag):
        words.append(random.choice(choices))
        tags.append(TAGS[tag])

    for _ in range(random.randint(0, 3)):
        put(OTHER, "other")
    for part in range(random.randint(1, 3)):
        if part:
            put(["and", "then", "also"], "other")
        put(QUANTITY, "quantity")
        if random.random() < 0.5:
            put(SIZE, "size")
        put(ITEM, "item")
    return tuple(words), tuple(tags)


orders = list(dict.fromkeys(sample_order() for _ in range(1600)))
random.shuffle(orders)
vocab = {w: i + 1 for i, w in enumerate(sorted(set(QUANTITY + SIZE + ITEM + OTHER)))}


def collate(batch):
    tokens = [torch.tensor([vocab[w] for w in words]) for words, _ in batch]
    tags = [torch.tensor(t) for _, t in batch]
    return pad_sequence(tokens, batch_first=True), pad_sequence(tags, batch_first=True, padding_value=-1)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(vocab) + 1, 16, padding_idx=0)
        self.rnn = nn.LSTM(16, 24, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(48, len(TAGS))

    def forward(self, tokens):
        return self.fc(self.rnn(self.embed(tokens))[0])


train_loader = DataLoader(orders[:1000], batch_size=40, shuffle=True, collate_fn=collate)
val_loader = DataLoader(orders[1000:], batch_size=100, collate_fn=collate)
tagger = Tagger()
optimizer = torch.optim.RMSprop(tagger.parameters(), lr=3e-3)
loss_function = nn.CrossEntropyLoss()  #~ loss_function = nn.CrossEntropyLoss(ignore_index=-1)

for epoch in range(1, 6):
    tagger.train()
    seen, total = 0, 0.0
    for tokens, tags in train_loader:
        scores = tagger(tokens)
        loss = loss_function(scores.reshape(-1, scores.size(-1)), tags.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(tokens)
        seen += len(tokens)
    tagger.eval()
    right = words = 0
    with torch.no_grad():
        for tokens, tags in val_loader:
            keep = tags >= 0
            right += (tagger(tokens).argmax(-1)[keep] == tags[keep]).sum().item()
            words += keep.sum().item()
    print(f"epoch {epoch}: loss {total / seen:.4f}  tag accuracy {right / words:.4f}")
