"""Click prediction: clicks are drawn from a logistic model of the first feature and two others."""
import torch
import torch.nn.functional as F
from torch import nn, optim


def simulate(n, generator):
    x = torch.randn(n, 6, generator=generator)
    p = torch.sigmoid(0.8 * x[:, 0] - 0.4 * x[:, 3] + 0.3 * x[:, 5])
    clicks = torch.bernoulli(p, generator=generator)
    return x, clicks, p


def log_loss_and_accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        logit = model(x).squeeze(1)
    return F.binary_cross_entropy_with_logits(logit, y).item(), ((logit > 0).float() == y).float().mean().item()


def main():
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(1)
    x, y, _ = simulate(8000, g)
    x_val, y_val, p_val = simulate(4000, g)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)

    for epoch in range(12):
        model.train()
        running = 0.0
        for idx in torch.randperm(len(x)).split(100):
            loss = F.binary_cross_entropy_with_logits(model(x[idx]).squeeze(1), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item() * len(idx)
        scheduler.step()
        val_loss, val_acc = log_loss_and_accuracy(model, x_val, y_val)
        print(f"epoch {epoch:2d} train {running / len(x):.4f} val {val_loss:.4f} acc {val_acc:.4f}")

    print(f"with the true click rates: log loss {F.binary_cross_entropy(p_val, y_val).item():.4f} "
          f"acc {((p_val > 0.5).float() == y_val).float().mean().item():.4f}")


if __name__ == "__main__":
    main()
