"""Predict three lab values from a panel of gene activities and say which genes matter."""
import argparse
import copy

import torch
from torch import nn

IMPORTANT = 12


def cohort(n, genes, generator):
    """Genes come in correlated groups; the lab values depend on a dozen of them, not only linearly."""
    shared = torch.randn(n, genes // 10, generator=generator).repeat_interleave(10, dim=1)
    x = 0.5 * shared + 0.85 * torch.randn(n, genes, generator=generator)
    g = x[:, 5::10][:, :IMPORTANT]
    values = torch.stack([
        g[:, 0] - 0.8 * g[:, 1] + 0.6 * g[:, 2] * g[:, 3],
        torch.relu(g[:, 4]) + g[:, 5] - 0.7 * g[:, 6] + 0.4 * g[:, 7].square(),
        torch.sin(1.5 * g[:, 8]) + 0.8 * g[:, 9] - g[:, 10] * torch.sigmoid(2 * g[:, 11]),
    ], dim=1)
    return x, values + 0.2 * torch.randn(values.shape, generator=generator)


class PanelNet(nn.Module):
    def __init__(self, genes, hidden):
        super().__init__()
        self.select = nn.Linear(genes, hidden)
        self.mix = nn.Linear(hidden, hidden // 2)
        self.heads = nn.ModuleList([nn.Linear(hidden // 2, 1) for _ in range(3)])

    def forward(self, x):
        h = nn.functional.silu(self.select(x))
        h = nn.functional.silu(self.mix(h))
        return torch.cat([head(h) for head in self.heads], dim=1)


def r2(model, x, y):
    model.eval()
    with torch.no_grad():
        rest = (model(x) - y).pow(2).mean(0)
    return (1 - rest / y.var(0, unbiased=False)).tolist()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--genes", type=int, default=120)
    p.add_argument("--hidden", type=int, default=64)
    p.add_argument("--lr", type=float, default=0.02)
    p.add_argument("--epochs", type=int, default=30)
    p.add_argument("--batch-size", type=int, default=60)
    p.add_argument("--l1", type=float, default=0.006)  #~ p.add_argument("--l1", type=float, default=0.0003)
    p.add_argument("--patience", type=int, default=6)
    args = p.parse_args()

    torch.manual_seed(2)
    g = torch.Generator().manual_seed(45)
    x, y = cohort(3000, args.genes, g)
    x_val, y_val = cohort(600, args.genes, g)
    shift, scale = y.mean(0), y.std(0)
    y, y_val = (y - shift) / scale, (y_val - shift) / scale

    model = PanelNet(args.genes, args.hidden)
    opt = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=2)
    best, kept, waited = -1e9, None, 0
    for epoch in range(args.epochs):
        model.train()
        fit_sum = 0.0
        for rows in torch.randperm(len(x)).split(args.batch_size):
            opt.zero_grad()
            fit = nn.functional.mse_loss(model(x[rows]), y[rows])
            size = sum(w.abs().sum() for w in (model.select.weight, model.mix.weight))
            (fit + args.l1 * size).backward()
            opt.step()
            fit_sum += fit.item() * len(rows)
        scores = r2(model, x_val, y_val)
        mean = sum(scores) / 3
        plateau.step(-mean)
        if epoch % 5 == 0:
            print(f"{epoch:2d}  fit {fit_sum / len(x):.4f}  R2 " + " ".join(f"{s:.3f}" for s in scores))
        if mean > best + 1e-4:
            best, kept, waited = mean, copy.deepcopy(model.state_dict()), 0
        else:
            waited += 1
            if waited >= args.patience:
                break
    model.load_state_dict(kept)
    weight = model.select.weight.detach().abs().mean(0)
    found = set(weight.topk(IMPORTANT).indices.tolist()) & set(range(5, 10 * IMPORTANT, 10))
    print(f"best mean R2 {best:.3f} (stopped in epoch {epoch}); {len(found)} of {IMPORTANT} genes found")


if __name__ == "__main__":
    main()
