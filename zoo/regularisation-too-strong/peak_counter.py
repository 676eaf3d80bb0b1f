"""Count the peaks in a noisy trace (0 to 4) with a recurrent network and an L1 penalty."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def traces(n, seed, length=40):
    g = torch.Generator().manual_seed(seed)
    counts = torch.randint(5, (n,), generator=g)
    places = 4 + 8 * torch.rand(n, 5, generator=g).argsort(dim=1)
    t = torch.arange(length)
    peaks = torch.exp(-(t - places[:, :, None]) ** 2 / 3.0)
    shown = torch.arange(5)[None, :] < counts[:, None]
    signal = (peaks * shown[:, :, None]).sum(1) + 0.1 * torch.randn(n, length, generator=g)
    return signal.unsqueeze(2), counts


class PeakCounter(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.GRU(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 5)

    def forward(self, x):
        return self.out(self.rnn(x)[0].sum(dim=1) / 10)


class Trainer:
    def __init__(self, l1=0.0, lr=5e-3, epochs=8):
        torch.manual_seed(0)
        self.model = PeakCounter()
        self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=lr)
        self.scheduler = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, 0.85)
        self.l1, self.epochs = l1, epochs
        self.train_loader = DataLoader(TensorDataset(*traces(1200, 0)), batch_size=40, shuffle=True)
        self.val_loader = DataLoader(TensorDataset(*traces(300, 1)), batch_size=300)

    def penalty(self):
        return sum(p.abs().sum() for name, p in self.model.named_parameters() if "weight" in name)

    def train_epoch(self):
        self.model.train()
        data_loss = 0.0
        for x, y in self.train_loader:
            fit = F.cross_entropy(self.model(x), y)
            loss = fit + self.l1 * self.penalty()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            data_loss += fit.item() * len(y)
        self.scheduler.step()
        return data_loss / len(self.train_loader.dataset)

    def validate(self):
        self.model.eval()
        with torch.no_grad():
            x, y = next(iter(self.val_loader))
            out = self.model(x)
            return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()

    def fit(self):
        for epoch in range(self.epochs):
            train_loss = self.train_epoch()
            val_loss, val_acc = self.validate()
            print(f"epoch {epoch + 1}: cross-entropy {train_loss:.4f}, val {val_loss:.4f}, accuracy {val_acc:.3f}, "
                  f"|w| {self.penalty().item():.1f}")


if __name__ == "__main__":
    Trainer(l1=0.05).fit()  #~ Trainer(l1=1e-5).fit()
