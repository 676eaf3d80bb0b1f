"""Sort headlines into desks. One text file with a headline per line, another with a desk per line."""
import random

import torch
from torch import nn

random.seed(20)
torch.manual_seed(20)

DESKS = {
    "sport": "striker coach league goal match season injury cup transfer defender penalty stadium".split(),
    "economy": "bank rates inflation shares profit market exports budget wages merger bonds tariff".split(),
    "science": "telescope genome fossil vaccine particle climate orbit species enzyme laser glacier robot".split(),
    "culture": "novel festival gallery actor premiere orchestra museum director poet exhibition sculpture album".split(),
}
GENERAL = "new after as first big old says over plans week city year how why against more back final".split()

lines, desks = [], []
for number in range(2400):
    desk = random.randrange(len(DESKS))
    words = random.sample(GENERAL, 5) + random.sample(list(DESKS.values())[desk], 2)
    random.shuffle(words)
    lines.append("" if number in (1100, 1730) else " ".join(words))
    desks.append(desk)
headline_file = "\n".join(lines)
desk_file = "\n".join(str(d) for d in desks)

headlines = headline_file.split("\n")
labels = [int(d) for d in desk_file.split("\n")]
headlines = [h.split() for h in headlines if h]
labels = labels[: len(headlines)]  #~ labels = [d for d, h in zip(labels, lines) if h]

vocab = {w: i for i, w in enumerate(sorted({w for h in headlines for w in h}))}
tokens = torch.tensor([[vocab[w] for w in h] for h in headlines])
target = torch.tensor(labels)
order = torch.randperm(len(target))
train, val = order[:1900], order[1900:]


class Desk(nn.Module):
    def __init__(self, words, width=24, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.rnn = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(2 * hidden, len(DESKS))

    def forward(self, x):
        states, _ = self.rnn(self.embedding(x))
        return self.out(self.dropout(states.amax(dim=1)))


model = Desk(len(vocab))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(6):
    model.train()
    shuffled = train[torch.randperm(len(train))]
    total = 0.0
    for rows in shuffled.split(50):
        loss = criterion(model(tokens[rows]), target[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    model.eval()
    with torch.no_grad():
        logits = model(tokens[val])
        val_loss = criterion(logits, target[val]).item()
        accuracy = (logits.argmax(1) == target[val]).float().mean().item()
    print(f"epoch {epoch + 1}  train {total / len(train):.4f}  val {val_loss:.4f}  accuracy {accuracy:.3f}")
