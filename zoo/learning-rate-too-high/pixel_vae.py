# Variational autoencoder for the small digits, judged by the bound on held-out images
# and by how well a nearest-centroid rule tells the digits apart in the latent space.
import copy

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

CONFIG = {
    "seed": 33,
    "model": {"hidden": 128, "latent": 6, "slope": 0.05},
    "optim": {"name": "NAdam", "lr": 0.25, "eps": 1e-7, "decay_per_epoch": 0.97},  #~ "optim": {"name": "NAdam", "lr": 0.002, "eps": 1e-7, "decay_per_epoch": 0.97},
    "train": {"epochs": 30, "batch": 50, "kl_warm_epochs": 8},
}


class VAE(nn.Module):
    def __init__(self, hidden, latent, slope):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, hidden), nn.LeakyReLU(slope), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.LeakyReLU(slope), nn.Linear(hidden, 64))

    def encode(self, x):
        mean, log_var = self.encoder(x - 0.3).chunk(2, dim=1)
        return mean, log_var.clamp(-8, 8)

    def forward(self, x):
        mean, log_var = self.encode(x)
        z = mean + torch.randn_like(mean) * (0.5 * log_var).exp() if self.training else mean
        return self.decoder(z), mean, log_var


def bound(logits, x, mean, log_var, beta):
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + log_var - mean.pow(2) - log_var.exp()).sum(1).mean()
    return reconstruction + beta * kl, reconstruction, kl


def images():
    digits = load_digits()
    x = torch.tensor(digits.data / 16.0, dtype=torch.float32)
    y = torch.tensor(digits.target)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    return x[order[:1500]], y[order[:1500]], x[order[1500:]], y[order[1500:]]


@torch.no_grad()
def judge(model, x, y, x_val, y_val):
    model.eval()
    codes, _ = model.encode(x)
    centres = torch.stack([codes[y == k].mean(0) for k in range(10)])
    logits, mean, log_var = model(x_val)
    loss, reconstruction, _ = bound(logits, x_val, mean, log_var, 1.0)
    hit = (torch.cdist(mean, centres).argmin(1) == y_val).float().mean()
    return loss.item(), reconstruction.item(), hit.item()


def main(config):
    torch.manual_seed(config["seed"])
    x, y, x_val, y_val = images()
    model = VAE(**config["model"])
    opt = getattr(torch.optim, config["optim"]["name"])(
        model.parameters(), lr=config["optim"]["lr"], eps=config["optim"]["eps"])
    decay = torch.optim.lr_scheduler.ExponentialLR(opt, config["optim"]["decay_per_epoch"])
    best, kept = float("inf"), None
    size = config["train"]["batch"]

    for epoch in range(config["train"]["epochs"]):
        model.train()
        beta = min(1.0, (epoch + 1) / config["train"]["kl_warm_epochs"])
        order = torch.randperm(len(x))
        for rows in order.split(size):
            opt.zero_grad(set_to_none=False)
            logits, mean, log_var = model(x[rows])
            loss, _, kl = bound(logits, x[rows], mean, log_var, beta)
            loss.backward()
            opt.step()
        decay.step()
        total, reconstruction, hit = judge(model, x, y, x_val, y_val)
        if total < best:
            best, kept = total, copy.deepcopy(model.state_dict())
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1:3d}  bound {total:7.3f}  reconstruction {reconstruction:7.3f}  digits apart {hit:.3f}")

    model.load_state_dict(kept)
    print("best model: bound %.3f, reconstruction %.3f, digits apart %.3f" % judge(model, x, y, x_val, y_val))


main(CONFIG)
