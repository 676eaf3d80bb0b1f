import torch
from torch import nn


class HeteroscedasticNet(nn.Module):
    """Predicts mean and variance of the thickness of a rolled sheet from the machine's settings."""

    def __init__(self, in_features=3, hidden=48):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(in_features, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.mean = nn.Linear(hidden, 1)
        self.log_var = nn.Linear(hidden, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.mean(h), self.log_var(h).clamp(-14, 4)


def make_data(n, generator):
    x = torch.rand(n, 3, generator=generator) * 2 - 1
    mu = 0.5 * torch.sin(2 * x[:, :1]) + 0.3 * x[:, 1:2] * x[:, 2:3]
    sigma = 0.01 + 0.02 * (x[:, :1] > 0)
    return x, mu + sigma * torch.randn(n, 1, generator=generator), sigma


def main():
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(11)
    x_train, y_train, _ = make_data(2000, g)
    x_val, y_val, sigma_val = make_data(1000, g)
    net = HeteroscedasticNet()
    nll = nn.GaussianNLLLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60)

    for epoch in range(60):
        net.train()
        perm = torch.randperm(len(x_train))
        total = 0.0
        for idx in perm.split(100):
            mu, log_var = net(x_train[idx])
            loss = nll(mu, y_train[idx], log_var.exp())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            total += loss.item() * len(idx)
        scheduler.step()
        if epoch % 6 == 5:
            net.eval()
            with torch.no_grad():
                mu, log_var = net(x_val)
                val = nll(mu, y_val, log_var.exp()).item()
                rmse = (mu - y_val).pow(2).mean().sqrt().item()
            print(f"epoch {epoch + 1:2d} train nll {total / len(x_train):+.3f} val nll {val:+.3f} rmse {rmse:.4f}")

    print("predicted sigma: mean %.4f, true mean %.4f" % ((0.5 * log_var).exp().mean(), sigma_val.mean()))
    print("nll of the true density: %.3f" % (0.5 + sigma_val.log().mean()))


if __name__ == "__main__":
    main()
