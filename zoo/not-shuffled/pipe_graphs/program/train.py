"""Which of five layouts a small pipe network has, from its links and noisy flow readings."""
import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class PipeDataset(torch.utils.data.Dataset):
    def __init__(self, path):
        with np.load(path) as archive:
            self.adjacency = torch.from_numpy(archive["adjacency"]).float()
            self.flow = torch.from_numpy(archive["flow"])
            self.layout = torch.from_numpy(archive["layout"])

    def __len__(self):
        return len(self.layout)

    def __getitem__(self, index):
        return self.adjacency[index], self.flow[index], self.layout[index]


def smooth(adjacency):
    degree = adjacency.sum(-1).clamp(min=1)
    return adjacency / degree.unsqueeze(-1)


class MessageLayer(nn.Module):
    def __init__(self, width_in, width_out):
        super().__init__()
        self.own = nn.Linear(width_in, width_out)
        self.near = nn.Linear(width_in, width_out, bias=False)
        self.norm = nn.LayerNorm(width_out)

    def forward(self, adjacency, h):
        return F.silu(self.norm(self.own(h) + self.near(smooth(adjacency) @ h)))


class LayoutNet(nn.Module):
    def __init__(self, width=32, layouts=5):
        super().__init__()
        self.layers = nn.ModuleList([MessageLayer(5, width), MessageLayer(width, width), MessageLayer(width, width)])
        self.readout = nn.Linear(3 * width, layouts)

    def forward(self, adjacency, flow):
        h = torch.cat([flow, adjacency.sum(-1, keepdim=True) / 3], dim=-1)
        pooled = []
        for layer in self.layers:
            h = layer(adjacency, h)
            pooled.append(h.mean(1) + h.std(1))
        return self.readout(torch.cat(pooled, dim=1))


class Average:
    """Slowly moving copy of the weights, used for inspection."""

    def __init__(self, model, keep):
        self.model, self.keep = copy.deepcopy(model), keep

    @torch.no_grad()
    def follow(self, model):
        for mine, other in zip(self.model.parameters(), model.parameters()):
            mine.lerp_(other, 1 - self.keep)


def inspect(model, data):
    model.eval()
    with torch.inference_mode():
        guess = model(data.adjacency, data.flow).argmax(1)
    table = torch.zeros(5, 5, dtype=torch.long)
    table.index_put_((data.layout, guess), torch.ones_like(guess), accumulate=True)
    return table


def train(epochs=11, batch=30, rate=0.02):
    torch.manual_seed(6)
    networks, inspection = PipeDataset("networks.npz"), PipeDataset("inspection.npz")
    loader = torch.utils.data.DataLoader(networks, batch_size=batch)
    model = LayoutNet()
    average = Average(model, keep=0.8)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.6)
    for epoch in range(1, epochs + 1):
        model.train()
        losses = []
        for adjacency, flow, layout in loader:
            loss = F.cross_entropy(model(adjacency, flow), layout, label_smoothing=0.03)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.follow(model)
            losses.append(loss.item())
        schedule.step()
        table = inspect(average.model, inspection)
        right = table.diagonal().sum() / table.sum()
        if epoch % 2 == 1:
            print(f"epoch {epoch:2d}: loss {np.mean(losses):.3f}, inspection {right:.3f}")
    print("recall by layout", (table.diagonal() / table.sum(1)).numpy().round(2))


if __name__ == "__main__":
    train()
