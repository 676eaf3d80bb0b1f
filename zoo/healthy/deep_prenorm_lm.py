"""Twelve-layer pre-norm transformer on a Markov source with memory of two symbols."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(2)
SYMBOLS, CONTEXT, WIDTH, DEPTH = 4, 12, 32, 12
table = torch.softmax(2.5 * torch.randn(SYMBOLS, SYMBOLS, SYMBOLS), dim=-1)


def batch(n):
    seq = [torch.randint(0, SYMBOLS, (n,)), torch.randint(0, SYMBOLS, (n,))]
    for _ in range(CONTEXT - 1):
        seq.append(torch.multinomial(table[seq[-2], seq[-1]], 1).squeeze(1))
    seq = torch.stack(seq, 1)
    return seq[:, :-1], seq[:, 1:]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x, mask):
        h = self.ln1(x)
        a, _ = self.attn(h, h, h, attn_mask=mask, need_weights=False)
        x = x + a
        return x + self.mlp(self.ln2(x))


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, WIDTH)
        self.position = nn.Parameter(torch.randn(CONTEXT, WIDTH) * 0.1)
        self.blocks = nn.ModuleList([Block() for _ in range(DEPTH)])
        self.ln = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, SYMBOLS)
        self.register_buffer("mask", torch.ones(CONTEXT, CONTEXT).triu(1).bool())

    def forward(self, idx):
        x = self.embed(idx) + self.position
        for block in self.blocks:
            x = block(x, self.mask)
        return self.head(self.ln(x))


def loss_of(model, x, y):
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten())


model = LM()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
val = batch(400)
ideal = -table[val[0][:, :-1], val[0][:, 1:]].gather(2, val[1][:, 1:, None]).log().mean().item()
ideal = (ideal * (CONTEXT - 1) + torch.tensor(float(SYMBOLS)).log().item()) / CONTEXT

for step in range(1, 181):
    loss = loss_of(model, *batch(32))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        model.eval()
        with torch.no_grad():
            v = loss_of(model, *val).item()
        model.train()
        print(f"step {step:4d} train {loss.item():.4f} val {v:.4f} (best possible about {ideal:.4f})")
