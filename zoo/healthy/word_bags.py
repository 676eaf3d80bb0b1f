import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
kinds = (torch.rand(3000) < 0.3).long() + (torch.rand(3000) < 0.3).long()
words = [torch.randint(30 * int(k), 30 * int(k) + 40, (int(torch.randint(3, 12, (1,))),)) for k in kinds]
weight = len(kinds) / (3 * torch.bincount(kinds).float())


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.EmbeddingBag(110, 16)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(16, 3)

    def forward(self, flat, starts):
        return self.out(self.drop(self.table(flat, starts)))


net = Bag()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)
for epoch in range(4):
    right = 0
    for at in range(0, 3000, 50):
        part = words[at : at + 50]
        flat = torch.cat(part)
        starts = torch.tensor([0] + [len(w) for w in part[:-1]]).cumsum(0)
        goal = kinds[at : at + 50]
        scores = net(flat, starts)
        loss = (F.cross_entropy(scores, goal, reduction="none") * weight[goal]).mean()
        right += (scores.argmax(1) == goal).sum().item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), right / 3000)
