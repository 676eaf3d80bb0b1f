"""Distil a convolutional teacher for digits into a small fully connected student that sees spoiled images."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def jitter(images, generator):
    """Speckle each image and let it fade a little."""
    fade = 0.7 + 0.6 * torch.rand(len(images), 1, 1, 1, generator=generator)
    return images * fade + 0.15 * torch.randn(images.shape, generator=generator)


class Teacher(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2))
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.conv(x).flatten(1))


class Student(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(64, width), nn.Tanh(),
            nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 10))

    def forward(self, x):
        return self.net(x)


class Distiller:
    temperature = 3.0
    share = 0.7

    def __init__(self, seed=27):
        torch.manual_seed(seed)
        self.generator = torch.Generator().manual_seed(seed + 1)
        x, y = load_digits(return_X_y=True)
        x = torch.tensor(x, dtype=torch.float32).view(-1, 1, 8, 8) / 16
        y = torch.tensor(y)
        x_tr, self.x_val, y_tr, self.y_val = train_test_split(x, y, test_size=0.25, random_state=4, stratify=y)
        self.loader = DataLoader(TensorDataset(x_tr, y_tr), batch_size=32, shuffle=True, drop_last=True)
        self.teacher, self.student = Teacher(), Student()

    def teach(self, epochs):
        optimizer = torch.optim.Adam(self.teacher.parameters(), lr=3e-3)
        for _ in range(epochs):
            self.teacher.train()
            for x, y in self.loader:
                optimizer.zero_grad()
                F.cross_entropy(self.teacher(jitter(x, self.generator)), y).backward()
                optimizer.step()
        self.teacher.eval().requires_grad_(False)

    def distil(self, epochs, peak=0.1):
        optimizer = torch.optim.SGD(self.student.parameters(), lr=0.01, momentum=0.9, nesterov=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=peak, total_steps=epochs * len(self.loader), pct_start=0.2, div_factor=10,
            base_momentum=0.995, max_momentum=0.999, final_div_factor=20)  #~ base_momentum=0.80, max_momentum=0.90, final_div_factor=20)
        for epoch in range(1, epochs + 1):
            self.student.train()
            losses = []
            for x, y in self.loader:
                x = jitter(x, self.generator)
                wanted = F.softmax(self.teacher(x) / self.temperature, dim=1)
                logits = self.student(x)
                soft = F.kl_div(F.log_softmax(logits / self.temperature, dim=1), wanted, reduction="batchmean")
                hard = F.cross_entropy(logits, y)
                loss = self.share * self.temperature ** 2 * soft + (1 - self.share) * hard
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                losses.append(loss.detach())
            if epoch % 2 == 0:
                print(f"epoch {epoch:2d}  loss {torch.stack(losses).mean():.4f}  student {self.accuracy(self.student):.3f}")

    @torch.no_grad()
    def accuracy(self, model):
        model.eval()
        spoiled = jitter(self.x_val, torch.Generator().manual_seed(0))
        return (model(spoiled).argmax(1) == self.y_val).float().mean().item()


if __name__ == "__main__":
    distiller = Distiller()
    distiller.teach(8)
    print(f"teacher {distiller.accuracy(distiller.teacher):.3f}")
    distiller.distil(10)
