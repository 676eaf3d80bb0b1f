"""GRU character model trained over one long text with truncated back-propagation through time."""
import difflib

import torch
import torch.nn as nn

torch.manual_seed(0)

text = "\n".join([difflib.SequenceMatcher.__doc__, difflib.Differ.__doc__, difflib.ndiff.__doc__, difflib.HtmlDiff.__doc__])
text = " ".join(text.split())
alphabet = sorted(set(text))
codes = torch.tensor([alphabet.index(c) for c in text])

STREAMS = 10
CHUNK = 30
usable = (len(codes) - 1) // STREAMS * STREAMS
inputs = codes[:usable].view(STREAMS, -1)
targets = codes[1:usable + 1].view(STREAMS, -1)


class CharGRU(nn.Module):
    def __init__(self, vocab, embed=24, hidden=96):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(vocab, embed)
        self.gru = nn.GRU(embed, hidden, batch_first=True)
        self.decode = nn.Linear(hidden, vocab)

    def forward(self, x, h):
        out, h = self.gru(self.embed(x), h)
        return self.decode(out), h

    def init_hidden(self, batch):
        return torch.zeros(1, batch, self.hidden)


model = CharGRU(len(alphabet))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(1, 17):
    model.train()
    hidden = model.init_hidden(STREAMS)
    total, seen = 0.0, 0
    for start in range(0, inputs.size(1), CHUNK):
        x = inputs[:, start:start + CHUNK]
        y = targets[:, start:start + CHUNK]
        hidden = hidden.detach()
        logits, hidden = model(x, hidden)
        loss = criterion(logits.reshape(-1, len(alphabet)), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * y.numel()
        seen += y.numel()
    print(f"epoch {epoch:2d} loss {total / seen:.4f} perplexity {torch.tensor(total / seen).exp().item():.2f}")

model.eval()
with torch.no_grad():
    idx, h, out = codes[:1].view(1, 1), model.init_hidden(1), []
    for _ in range(60):
        logits, h = model(idx, h)
        idx = logits[:, -1].argmax(1, keepdim=True)
        out.append(alphabet[idx.item()])
print("sample:", "".join(out))
