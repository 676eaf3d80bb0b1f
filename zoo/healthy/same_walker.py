import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
centres = torch.randn(10, 16) * 1.5
kinds = torch.randint(0, 10, (2000,))
rows = centres[kinds] + 0.5 * torch.randn(2000, 16)
first, second = torch.randperm(2000), torch.randperm(2000)
other = torch.tensor([int(torch.nonzero(kinds == kinds[i])[torch.randint(0, 100, (1,))]) for i in first])
second = torch.where(torch.rand(2000) < 0.5, other, second)
same = (kinds[first] == kinds[second]).float()


class Pairs(nn.Module):
    """How far apart two rows are: 0 for the same kind, 1 for different kinds."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 16))

    def forward(self, a, b):
        return (1 - F.cosine_similarity(self.body(a), self.body(b))) / 2


net = Pairs()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(rows[first], rows[second], same), batch_size=50, shuffle=True)
for epoch in range(4):
    for a, b, label in loader:
        distance = net(a, b)
        loss = (label * distance ** 2 + (1 - label) * F.relu(0.5 - distance) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), ((distance < 0.25) == label.bool()).float().mean().item())
