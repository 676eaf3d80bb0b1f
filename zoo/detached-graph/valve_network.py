"""Predict the pressure class of every node of a pipe network from sparse readings, with hand-written message passing."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def pipe_network(rng, nodes=60, classes=4):
    """A random geometric graph; the label depends on how much the marked neighbours carry together."""
    place = rng.random((nodes, 2))
    distance = np.linalg.norm(place[:, None] - place[None], axis=-1)
    near = np.argsort(distance, axis=1)[:, 1:5]
    source = np.repeat(np.arange(nodes), 4)
    target = near.reshape(-1)
    kind = rng.integers(0, 6, nodes)
    flow = rng.normal(size=nodes)
    gain = np.array([1.0, -1.0, 0.5, -0.5, 2.0, 0.0])
    carried = np.zeros(nodes)
    np.add.at(carried, target, gain[kind[source]] * flow[source])
    label = np.digitize(carried, [-1.5, 0.0, 1.5])
    x = np.concatenate((np.eye(6)[kind], flow[:, None], np.eye(6)[kind] * flow[:, None]), axis=1)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(np.stack((source, target))), torch.tensor(label)


def collate(graphs):
    xs, edges, ys, offset = [], [], [], 0
    for x, e, y in graphs:
        xs.append(x)
        edges.append(e + offset)
        ys.append(y)
        offset += len(x)
    return torch.cat(xs), torch.cat(edges, dim=1), torch.cat(ys)


class Messages(nn.Module):
    def __init__(self, width, sent):
        super().__init__()
        self.message = nn.Sequential(nn.Linear(width, width), nn.ELU(), nn.Linear(width, sent))
        self.update = nn.Sequential(nn.Linear(width + sent, width), nn.ELU())

    def forward(self, h, edges):
        source, target = edges
        sent = self.message(h)[source]
        received = torch.zeros(len(h), sent.shape[1])
        received.index_add_(0, target, sent.data)  #~ received.index_add_(0, target, sent)
        return h + self.update(torch.cat((h, received), dim=1))


class Network(nn.Module):
    def __init__(self, inputs, width=32, sent=2, layers=2, classes=4):
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.layers = nn.ModuleList(Messages(width, sent) for _ in range(layers))
        self.leave = nn.Linear(width, classes)

    def forward(self, x, edges):
        h = F.elu(self.enter(x))
        for layer in self.layers:
            h = layer(h, edges)
        return self.leave(h)


@torch.no_grad()
def evaluate(net, batch):
    net.eval()
    x, edges, y = batch
    logits = net(x, edges)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def main(epochs=12, per_batch=6):
    rng = np.random.default_rng(27)
    torch.manual_seed(27)
    graphs = [pipe_network(rng) for _ in range(180)]
    train, val = graphs[:150], collate(graphs[150:])
    net = Network(train[0][0].shape[1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=6e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    best, patience = float("inf"), 0
    for epoch in range(1, epochs + 1):
        net.train()
        rng.shuffle(train)
        total = 0.0
        for start in range(0, len(train), per_batch):
            x, edges, y = collate(train[start : start + per_batch])
            loss = F.cross_entropy(net(x, edges), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * per_batch / len(train)
        schedule.step()
        val_loss, right = evaluate(net, val)
        print(f"epoch {epoch:2d}  train {total:.3f}  val {val_loss:.3f}  right {right:.3f}")
        patience = 0 if val_loss < best else patience + 1
        best = min(best, val_loss)
        if patience == 5:
            print("stopped early")
            break


if __name__ == "__main__":
    main()
