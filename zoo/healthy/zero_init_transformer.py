"""Small pre-norm transformer that learns to sort short sequences of digits."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
VOCAB, LENGTH, DIM, HEADS = 10, 8, 64, 4


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, 4 * dim)
        self.down = nn.Linear(4 * dim, dim)
        for layer in (self.out, self.down):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        att = F.scaled_dot_product_attention(q, k, v)
        x = x + self.out(att.transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Sorter(nn.Module):
    def __init__(self, layers=2):
        super().__init__()
        self.tokens = nn.Embedding(VOCAB, DIM)
        self.positions = nn.Parameter(0.02 * torch.randn(LENGTH, DIM))
        self.blocks = nn.ModuleList(Block(DIM, HEADS) for _ in range(layers))
        self.norm = nn.LayerNorm(DIM)
        self.head = nn.Linear(DIM, VOCAB)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, idx):
        x = self.tokens(idx) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def make_batch(n):
    x = torch.randint(0, VOCAB, (n, LENGTH))
    return x, x.sort(dim=1).values


model = Sorter()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
val_x, val_y = make_batch(512)

for step in range(301):
    x, y = make_batch(64)
    logits = model(x)
    loss = F.cross_entropy(logits.reshape(-1, VOCAB), y.reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        model.eval()
        with torch.no_grad():
            acc = (model(val_x).argmax(-1) == val_y).float().mean().item()
        model.train()
        print(f"step {step:4d} loss {loss.item():.4f} val token accuracy {acc:.4f}")
