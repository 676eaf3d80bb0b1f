# Number of claims per policy-year: Poisson regression with embeddings for the categorical columns.
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

FIELDS = {"make": 14, "region": 22, "garage": 4, "fuel": 3}


def portfolio(n, seed):
    fixed = np.random.default_rng(0)
    effects = {name: 0.7 * fixed.normal(size=size) for name, size in FIELDS.items()}
    rng = np.random.default_rng(seed)
    cats = np.stack([rng.integers(size, size=n) for size in FIELDS.values()], axis=1)
    age = rng.uniform(18, 80, n)
    power = rng.gamma(9, 11, n)
    bonus = rng.beta(2, 3, n)
    mileage = rng.lognormal(2.4, 0.5, n)
    years = rng.choice([0.25, 0.5, 1.0], n, p=[0.15, 0.2, 0.65])
    eta = sum(effects[name][cats[:, k]] for k, name in enumerate(FIELDS))
    eta = eta + 1.4 * np.exp(-((age - 18) / 9)) + 0.004 * (power - 80) - 1.2 * bonus + 0.5 * np.log(mileage / 11)
    claims = rng.poisson(years * np.exp(eta - 0.1))
    nums = np.stack([(age - 49) / 18, (power - 81) / 27, (bonus - 0.4) / 0.2, np.log(mileage) - 2.4], axis=1)
    return TensorDataset(torch.from_numpy(cats), torch.tensor(nums, dtype=torch.float32),
                         torch.tensor(years, dtype=torch.float32), torch.tensor(claims, dtype=torch.float32))


class Tariff(nn.Module):
    def __init__(self, dim=3, hidden=32, mean_rate=1.0):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size, dim) for size in FIELDS.values())
        for table in self.tables:
            nn.init.uniform_(table.weight, -0.2, 0.2)
        self.body = nn.Sequential(nn.Linear(dim * len(FIELDS) + 4, hidden), nn.Tanh())
        self.skip = nn.Linear(dim * len(FIELDS) + 4, 1)
        self.out = nn.Linear(hidden, 1)
        nn.init.constant_(self.out.bias, float(np.log(mean_rate)))

    def forward(self, cats, nums):
        x = torch.cat([table(cats[:, k]) for k, table in enumerate(self.tables)] + [nums], dim=1)
        return (self.out(self.body(x)) + self.skip(x)).clamp(-6, 4)


def poisson_deviance(log_rate, claims, years):
    """Per policy-year; the part without the rate is left in so that zero is a perfect fit."""
    expected = years * log_rate.exp()
    ratio = torch.where(claims > 0, claims / expected, torch.ones_like(expected))
    return 2 * (torch.xlogy(claims, ratio) - (claims - expected)).mean() / years.mean()


def gini(rate, claims, years):
    """Area between the curve of claims ordered by rate and the diagonal, doubled."""
    order = rate.argsort()
    share = claims[order].cumsum(0) / claims.sum()
    time = years[order].cumsum(0) / years.sum()
    return 1 - 2 * torch.trapezoid(share, time).item()


def collect(net, loader):
    net.eval()
    with torch.no_grad():
        parts = [(net(cats, nums).flatten(), years, claims) for cats, nums, years, claims in loader]
    log_rate, years, claims = (torch.cat(column) for column in zip(*parts))
    return log_rate, years, claims


torch.manual_seed(404)
train_set, test_set = portfolio(5400, 1), portfolio(1500, 2)
_, _, years, claims = train_set.tensors
overall = (claims.sum() / years.sum()).item()
train_loader = DataLoader(train_set, batch_size=60, shuffle=True, drop_last=True)
test_loader = DataLoader(test_set, batch_size=500)

net = Tariff(mean_rate=overall)
decay = [p for name, p in net.named_parameters() if name.startswith("tables")]
rest = [p for name, p in net.named_parameters() if not name.startswith("tables")]
optimizer = torch.optim.NAdam([{"params": decay, "weight_decay": 1e-4}, {"params": rest}], lr=4e-3)

for epoch in range(1, 11):
    net.train()
    total = 0.0
    for cats, nums, years, claims in train_loader:
        loss = poisson_deviance(net(cats, nums), claims, years)  #~ loss = poisson_deviance(net(cats, nums).squeeze(1), claims, years)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch in (7, 9):
        for group in optimizer.param_groups:
            group["lr"] /= 2
    log_rate, years, claims = collect(net, test_loader)
    flat = torch.full_like(log_rate, float(np.log(overall)))
    print(f"epoch {epoch:2d}  deviance {total / len(train_loader):.4f}  test {poisson_deviance(log_rate, claims, years):.4f}"
          f" (one rate for all {poisson_deviance(flat, claims, years):.4f})  gini {gini(log_rate, claims, years):.3f}"
          f"  claims expected/seen {(years * log_rate.exp()).sum() / claims.sum():.3f}")
