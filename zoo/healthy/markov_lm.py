"""Next-symbol model for a first-order Markov chain over eight symbols."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

torch.manual_seed(0)
K, T, N = 8, 24, 1500

transition = torch.softmax(2.0 * torch.randn(K, K), dim=1)


def sample_chains(n):
    seq = [torch.randint(0, K, (n,))]
    for _ in range(T):
        seq.append(torch.multinomial(transition[seq[-1]], 1).squeeze(1))
    return torch.stack(seq, dim=1)


class CausalLM(nn.Module):
    def __init__(self, d=32, heads=2, layers=2):
        super().__init__()
        self.embed = nn.Embedding(K, d)
        self.pos = nn.Embedding(T, d)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(d, heads, 2 * d, dropout=0.0, batch_first=True, norm_first=True) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(d)
        self.head = nn.Linear(d, K)

    def forward(self, idx):
        t = idx.size(1)
        mask = nn.Transformer.generate_square_subsequent_mask(t)
        h = self.embed(idx) + self.pos(torch.arange(t))
        for layer in self.layers:
            h = layer(h, src_mask=mask, is_causal=True)
        return self.head(self.norm(h))


def next_token_loss(model, seq):
    logits = model(seq[:, :-1])
    return F.cross_entropy(logits.reshape(-1, K), seq[:, 1:].reshape(-1))


train_data, val_data = sample_chains(N), sample_chains(300)
loader = DataLoader(train_data, batch_size=50, shuffle=True)
model = CausalLM()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)

for epoch in range(6):
    model.train()
    total = 0.0
    for seq in loader:
        loss = next_token_loss(model, seq)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(seq)
    model.eval()
    with torch.no_grad():
        val = next_token_loss(model, val_data).item()
    print(f"epoch {epoch} train {total / N:.4f} val {val:.4f} perplexity {torch.tensor(val).exp().item():.3f}")

ideal = -transition[val_data[:, :-1], val_data[:, 1:]].log().mean().item()
print(f"with the true transition matrix: {ideal:.4f}")
