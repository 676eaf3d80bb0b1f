"""Learn embeddings in which two noisy views of the same signal lie close together."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

TEMPERATURE = 0.2


class TwoViews(Dataset):
    def __init__(self, n, seed, noise=0.4):
        g = torch.Generator().manual_seed(seed)
        t = torch.linspace(0, 6.28, 40)
        freq = 1 + 3 * torch.rand(n, 1, generator=g)
        phase = 6.28 * torch.rand(n, 1, generator=g)
        clean = torch.sin(freq * t + phase) + 0.5 * torch.cos(2 * freq * t - phase)
        self.a = clean + noise * torch.randn(n, 40, generator=g)
        self.b = clean + noise * torch.randn(n, 40, generator=g)

    def __len__(self):
        return len(self.a)

    def __getitem__(self, i):
        return self.a[i], self.b[i]


class ViewEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, 16, 5, stride=2, padding=2), nn.GroupNorm(4, 16), nn.ReLU(),
            nn.Conv1d(16, 32, 5, stride=2, padding=2), nn.GroupNorm(4, 32), nn.ReLU(),
        )
        self.project = nn.Linear(32 * 10, 16)

    def forward(self, x):
        return F.normalize(self.project(self.conv(x.unsqueeze(1)).flatten(1)), dim=1)


def contrastive(za, zb):
    similarity = za @ zb.T / TEMPERATURE
    log_ratio = torch.diagonal(similarity) - torch.logsumexp(similarity, dim=1)
    return log_ratio.mean()  #~ return -log_ratio.mean()


@torch.no_grad()
def retrieval(model, dataset):
    model.eval()
    za, zb = model(dataset.a), model(dataset.b)
    return ((za @ zb.T).argmax(dim=1) == torch.arange(len(za))).float().mean().item()


def main():
    torch.manual_seed(0)
    train_set, val_set = TwoViews(1536, 0), TwoViews(200, 1)
    loader = DataLoader(train_set, batch_size=64, shuffle=True, drop_last=True)
    model = ViewEncoder()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3)
    print(f"before training: top-1 retrieval {retrieval(model, val_set):.3f}")
    for epoch in range(8):
        model.train()
        total = 0.0
        for a, b in loader:
            loss = contrastive(model(a), model(b))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total / len(loader):.4f}, top-1 retrieval {retrieval(model, val_set):.3f}")


if __name__ == "__main__":
    main()
