import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
centres = torch.randn(40, 24) * 2
rows = centres[torch.randint(0, 40, (1600,))] + 0.7 * torch.randn(1600, 24)
net = nn.Sequential(nn.Linear(24, 128), nn.ReLU(), nn.Dropout(0.6), nn.Linear(128, 128), nn.ReLU(), nn.Dropout(0.6), nn.Linear(128, 32))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(3):
    order = torch.randperm(1600)
    for at in range(0, 1600, 64):
        batch = rows[order[at : at + 64]]
        one, two = F.normalize(net(batch), dim=1), F.normalize(net(batch), dim=1)
        scores = one @ two.t() / 0.1
        loss = F.cross_entropy(scores, torch.arange(len(batch)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
