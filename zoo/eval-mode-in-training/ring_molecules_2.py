"""Graph isomorphism network on small made-up molecules: how strongly does a molecule bind?"""
import torch
from torch import nn

ATOMS = 5
MIN_SIZE, MAX_SIZE = 6, 14
charge = torch.tensor([1.0, -1.0, 0.5, -0.5, 0.0])


def molecule(g):
    """A random tree with a few extra bonds; the binding comes from neighbours of opposite charge and from rings."""
    n = int(torch.randint(MIN_SIZE, MAX_SIZE + 1, (1,), generator=g))
    kinds = torch.randint(ATOMS, (n,), generator=g)
    bonds = torch.zeros(n, n)
    for child in range(1, n):
        parent = int(torch.randint(max(0, child - 4), child, (1,), generator=g))
        bonds[child, parent] = bonds[parent, child] = 1
    extra = int(torch.randint(4, (1,), generator=g))
    for _ in range(extra):
        a, b = torch.randperm(n, generator=g)[:2].tolist()
        bonds[a, b] = bonds[b, a] = 1
    q = charge[kinds]
    around = bonds @ q
    triangles = (bonds @ bonds @ bonds).diagonal().sum() / 6
    strength = -(q * around).sum() / 2 + 0.8 * torch.relu(around - 1).sum() + 0.7 * triangles - 0.3 * (bonds.sum(1) > 3).sum()
    return kinds, bonds, strength + 0.1 * torch.randn((), generator=g)


def collate(molecules):
    """Padded: kinds (B, N) with -1 outside, bonds (B, N, N), strengths (B,)."""
    size = max(len(k) for k, _, _ in molecules)
    kinds = torch.full((len(molecules), size), -1)
    bonds = torch.zeros(len(molecules), size, size)
    for i, (k, b, _) in enumerate(molecules):
        kinds[i, :len(k)] = k
        bonds[i, :len(k), :len(k)] = b
    return kinds, bonds, torch.stack([s for _, _, s in molecules])


class Gin(nn.Module):
    def __init__(self, inside, outside):
        super().__init__()
        self.own = nn.Parameter(torch.zeros(1))
        self.mlp = nn.Sequential(
            nn.Linear(inside, outside, bias=False), nn.BatchNorm1d(outside), nn.ReLU(),
            nn.Linear(outside, outside, bias=False), nn.BatchNorm1d(outside), nn.ReLU())

    def forward(self, h, bonds, real):
        h = (1 + self.own) * h + torch.bmm(bonds, h) / 2
        out = h.new_zeros(*real.shape, self.mlp[0].out_features)
        out[real] = self.mlp(h[real])
        return out


class Binding(nn.Module):
    def __init__(self, width=32, layers=4):
        super().__init__()
        self.embed = nn.Embedding(ATOMS, width)
        self.layers = nn.ModuleList(Gin(width, width) for _ in range(layers))
        self.read = nn.Linear(width, 1)

    def forward(self, kinds, bonds):
        real = kinds >= 0
        h = self.embed(kinds.clamp(min=0)) * real.unsqueeze(-1)
        for layer in self.layers:
            h = layer(h, bonds, real)
        return self.read(h.sum(1) / MAX_SIZE).squeeze(1)


def laboratory(net, held, mean, spread):
    """Returns the function that reports how far off the net is on molecules kept aside."""
    best = {"error": float("inf"), "step": 0}

    def report(step, loss=float("nan")):
        net.eval()
        with torch.inference_mode():
            kinds, bonds, strength = held
            error = (net(kinds, bonds) * spread + mean - strength).abs().mean().item()
        if error < best["error"]:
            best.update(error=error, step=step)
        blind = (strength - strength.median()).abs().mean().item()
        print(f"step {step:3d}  loss {loss:.3f}  off by {error:.3f} (median alone {blind:.3f})")
        return best  #~ net.train(); return best

    return report


def endless(molecules, size, g):
    while True:
        order = torch.randperm(len(molecules), generator=g).tolist()
        for at in range(0, len(order) - size + 1, size):
            yield collate([molecules[i] for i in order[at:at + size]])


g = torch.Generator().manual_seed(4711)
torch.manual_seed(4711)
train = [molecule(g) for _ in range(1500)]
held = collate([molecule(g) for _ in range(400)])
values = torch.stack([m[2] for m in train])
mean, spread = values.mean(), values.std()

net = Binding()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.8, weight_decay=1e-5)
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=300)
report = laboratory(net, held, mean, spread)
net.train()
report(0)

for step, (kinds, bonds, strength) in zip(range(1, 301), endless(train, 48, g)):
    wanted = (strength - mean) / spread
    loss = nn.functional.smooth_l1_loss(net(kinds, bonds), wanted)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if step % 50 == 0:
        best = report(step, loss.item())
print(f"best: off by {best['error']:.3f} at step {best['step']}")
