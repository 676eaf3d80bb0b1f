import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def ar2(n, a=1.6, b=-0.8, noise=0.3, seed=0):
    g = torch.Generator().manual_seed(seed)
    x = [0.0, 0.0]
    for e in torch.randn(n, generator=g).tolist():
        x.append(a * x[-1] + b * x[-2] + noise * e)
    return torch.tensor(x[2:])


class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x, state=None):
        h, state = self.lstm(x, state)
        return self.out(h), state


def to_windows(series, streams, length):
    """Split into parallel streams; window k of every stream follows window k - 1."""
    per = (len(series) - 1) // streams // length * length
    x = series[:streams * per].view(streams, per // length, length)
    y = series[1:streams * per + 1].view(streams, per // length, length)
    flat = lambda t: t.transpose(0, 1).reshape(-1, length, 1)
    return TensorDataset(flat(x), flat(y))


def run(model, loader, loss_fn, optimizer=None):
    state, total, n = None, 0.0, 0
    for x, y in loader:
        pred, state = model(x, state)
        state = tuple(s.detach() for s in state)
        loss = loss_fn(pred, y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        total += loss.item() * len(x)
        n += len(x)
    return total / n


def main():
    torch.manual_seed(0)
    streams, length = 8, 25
    series = ar2(8002)
    mean, std = series[:6401].mean(), series[:6401].std()
    series = (series - mean) / std
    train_loader = DataLoader(to_windows(series[:6401], streams, length), batch_size=streams, shuffle=False)
    val_loader = DataLoader(to_windows(series[6401:], streams, length), batch_size=streams, shuffle=False)

    model = Forecaster()
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.4)
    for epoch in range(15):
        model.train()
        train_loss = run(model, train_loader, loss_fn, optimizer)
        model.eval()
        with torch.no_grad():
            val_loss = run(model, val_loader, loss_fn)
        scheduler.step()
        print(f"epoch {epoch + 1:2d} train mse {train_loss:.5f} val mse {val_loss:.5f}")
    print("innovation variance (scaled): %.5f" % (0.3 / std.item()) ** 2)
    print("persistence forecast mse:     %.5f" % (series[6402:] - series[6401:-1]).pow(2).mean().item())


if __name__ == "__main__":
    main()
