# Two-tower recommender: does this user like this film? Trained on generated ratings.
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)
USERS, FILMS, FACTORS = 120, 90, 3

taste = torch.randn(USERS, FACTORS)
content = torch.randn(FILMS, FACTORS)
pairs = torch.cartesian_prod(torch.arange(USERS), torch.arange(FILMS))
pairs = pairs[torch.randperm(len(pairs))[:7000]]
affinity = (taste[pairs[:, 0]] * content[pairs[:, 1]]).sum(1) + 0.3 * torch.randn(len(pairs))
likes = (affinity > 0).float()
train_loader = DataLoader(TensorDataset(pairs[:6000], likes[:6000]), batch_size=100, shuffle=True)
val_pairs, val_likes = pairs[6000:], likes[6000:]


class Tower(nn.Module):
    def __init__(self, count, width=8):
        super().__init__()
        self.table = nn.Embedding(count, width)
        self.project = nn.Linear(width, width)

    def forward(self, ids):
        return self.project(self.table(ids))

    @torch.no_grad()
    def encode(self, ids):
        return self.forward(ids)


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.users = Tower(USERS)
        self.films = Tower(FILMS)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, pairs):
        user = self.users(pairs[:, 0])
        film = self.films.encode(pairs[:, 1])  #~ film = self.films(pairs[:, 1])
        return (user * film).sum(dim=1) / user.size(1) ** 0.5 + self.bias


model = TwoTower()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2, weight_decay=0.05)
criterion = nn.BCEWithLogitsLoss()

for epoch in range(10):
    model.train()
    train_loss = 0.0
    for batch, target in train_loader:
        logits = model(batch)
        loss = criterion(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(target)

    model.eval()
    with torch.no_grad():
        logits = model(val_pairs)
        val_loss = criterion(logits, val_likes).item()
        val_acc = ((logits > 0) == (val_likes > 0.5)).float().mean().item()
    print(f"epoch {epoch + 1:2d}  train {train_loss / 6000:.4f}  val {val_loss:.4f}  val acc {val_acc:.3f}")

with torch.no_grad():
    someone = torch.tensor([[3, f] for f in range(FILMS)])
    print("suggestions for user 3:", model(someone).topk(5).indices.tolist())
