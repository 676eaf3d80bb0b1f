"""Deep narrow convnet on digits."""
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def conv_bn(c_in, c_out, stride=1):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, stride, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU())


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv_bn(1, 12)
        self.stage1 = nn.Sequential(*[conv_bn(12, 12) for _ in range(3)])
        self.stage2 = nn.Sequential(conv_bn(12, 24, stride=2), *[conv_bn(24, 24) for _ in range(3)])
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        x = self.stage2(self.stage1(self.stem(x)))
        return self.head(x.mean(dim=(2, 3)))


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=0.1, epochs=6):
        self.model, self.train_loader, self.val_loader, self.epochs = model, train_loader, val_loader, epochs
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=epochs)

    @torch.no_grad()
    def validate(self):
        self.model.eval()  #~ training = self.model.training; self.model.eval()
        loss, correct, count = 0.0, 0, 0
        for x, y in self.val_loader:
            logits = self.model(x)
            loss += self.criterion(logits, y).item() * len(y)
            correct += (logits.argmax(1) == y).sum().item()
            count += len(y)
        return loss / count, correct / count  #~ self.model.train(training); return loss / count, correct / count

    def train_epoch(self):
        total = 0.0
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        self.scheduler.step()
        return total / len(self.train_loader)

    def fit(self):
        print("before training: loss %.4f, accuracy %.3f" % self.validate())
        for epoch in range(1, self.epochs + 1):
            train_loss = self.train_epoch()
            val_loss, val_acc = self.validate()
            print(f"epoch {epoch}: train {train_loss:.4f}, val {val_loss:.4f}, accuracy {val_acc:.3f}")


if __name__ == "__main__":
    torch.manual_seed(13)
    digits = load_digits()
    x_train, x_val, y_train, y_val = train_test_split(digits.images, digits.target, test_size=0.25, random_state=13, stratify=digits.target)
    mean, std = x_train.mean(), x_train.std()
    prepare = lambda a: torch.tensor((a - mean) / std, dtype=torch.float32).unsqueeze(1)
    train_set = TensorDataset(prepare(x_train), torch.tensor(y_train))
    val_set = TensorDataset(prepare(x_val), torch.tensor(y_val))
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True, drop_last=True)
    Trainer(ConvNet(), train_loader, DataLoader(val_set, batch_size=256)).fit()
