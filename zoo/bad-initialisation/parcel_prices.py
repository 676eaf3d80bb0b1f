"""Price of a parcel of land from its survey (deep MLP, tabular)."""
import argparse
import copy

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def survey(n, seed):
    rng = np.random.default_rng(seed)
    area = rng.lognormal(6.5, 0.5, n)
    slope = rng.uniform(0, 25, n)
    road = rng.exponential(300, n)
    water = rng.random(n) < 0.7
    zone = rng.integers(0, 4, n)
    rate = np.array([40.0, 95.0, 150.0, 60.0])[zone]
    price = area * rate * np.exp(-slope / 20) * (0.6 + 0.4 * np.exp(-road / 200))
    price *= np.where(water, 1.25, 0.85) * rng.lognormal(0, 0.06, n)
    columns = [np.log(area), slope, np.log1p(road), water, zone == 0, zone == 1, zone == 2, zone == 3]
    x = np.stack(columns, 1).astype(np.float32)
    return torch.from_numpy(x), torch.from_numpy(np.log(price).astype(np.float32))


def build(features, width, depth, init_std):
    blocks = [nn.Linear(features, width), nn.ReLU()]
    for _ in range(depth - 1):
        blocks += [nn.Linear(width, width), nn.ReLU()]
    net = nn.Sequential(*blocks, nn.Linear(width, 1), nn.Flatten(0))
    for module in net:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, mean=0.0, std=init_std)
            nn.init.zeros_(module.bias)
    return net


def evaluate(net, loader, scale):
    net.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            ratio = torch.exp((net(x) - y).abs() * scale) - 1
            total += ratio.sum().item()
            count += len(y)
    return 100 * total / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--width", type=int, default=80)
    parser.add_argument("--depth", type=int, default=5)
    parser.add_argument("--init-std", type=float, default=0.02)  #~ parser.add_argument("--init-std", type=float, default=0.15)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--batch-size", type=int, default=48)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--patience", type=int, default=20)
    args = parser.parse_args()
    torch.manual_seed(14)

    x, y = survey(args.rows, seed=14)
    fit_rows = args.rows * 4 // 5
    x = (x - x[:fit_rows].mean(0)) / (x[:fit_rows].std(0) + 1e-7)
    centre, scale = y[:fit_rows].mean(), y[:fit_rows].std()
    data = TensorDataset(x, (y - centre) / scale)
    train, val = random_split(data, [fit_rows, args.rows - fit_rows])
    train_loader = DataLoader(train, args.batch_size, shuffle=True)
    val_loader = DataLoader(val, 256)

    net = build(x.shape[1], args.width, args.depth, args.init_std)
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.93 ** epoch)
    criterion = nn.SmoothL1Loss(beta=0.5)

    best, best_net, waited = float("inf"), None, 0
    for epoch in range(args.epochs):
        net.train()
        losses = []
        for xb, yb in train_loader:
            loss = criterion(net(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        error = evaluate(net, val_loader, scale)
        print(f"[{epoch:02d}] loss {np.mean(losses):.4f}  off by {error:.1f} % on validation")
        if error < best:
            best, best_net, waited = error, copy.deepcopy(net), 0
        else:
            waited += 1
            if waited > args.patience:
                break
    print(f"best: {evaluate(best_net, val_loader, scale):.1f} %")


if __name__ == "__main__":
    main()
