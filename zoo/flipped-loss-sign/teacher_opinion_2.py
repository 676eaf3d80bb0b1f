"""A small student learns digits from few labels and the opinion of a larger teacher."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


class Net(nn.Module):
    def __init__(self, hidden, features, classes=10):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, hidden), nn.GELU(), nn.Linear(hidden, features))
        self.classifier = nn.Linear(features, classes)

    def forward(self, x):
        f = self.encoder(x)
        return self.classifier(F.gelu(f)), f


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        return (net(x)[0].argmax(1) == y).float().mean().item()


def load(seed):
    x, y = load_digits(return_X_y=True)
    x = torch.tensor(x, dtype=torch.float32).div(8).sub(1)
    y = torch.tensor(y)
    order = torch.arange(len(x))
    rest, test = train_test_split(order, test_size=400, random_state=seed, stratify=y)
    return x, y, rest, test


def train_teacher(x, y, rest, epochs=12):
    teacher = Net(128, 32)
    opt = torch.optim.Adam(teacher.parameters(), lr=2e-3)
    for _ in range(epochs):
        for idx in rest[torch.randperm(len(rest))].split(64):
            loss = F.cross_entropy(teacher(x[idx])[0], y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
    teacher.requires_grad_(False)
    return teacher.eval()


def agreement_with(teacher, logits, x, temperature=1.5):
    with torch.no_grad():
        wanted = F.softmax(teacher(x)[0] / temperature, dim=1)
    return F.cosine_similarity(F.softmax(logits / temperature, dim=1), wanted, dim=1).mean()


def train_student(student, teacher, x, y, labelled, unlabelled, test, epochs=24, weight=0.5):
    params = [
        {"params": student.encoder.parameters(), "weight_decay": 1e-4},
        {"params": student.classifier.parameters(), "weight_decay": 0.0},
    ]
    opt = torch.optim.AdamW(params, lr=2e-3, betas=(0.9, 0.98))
    best = 0.0
    for epoch in range(1, epochs + 1):
        student.train()
        sums = torch.zeros(2)
        for idx in unlabelled[torch.randperm(len(unlabelled))].split(128):
            few = labelled[torch.randint(len(labelled), (20,))]
            logits, _ = student(x[few] + 0.1 * torch.randn(len(few), 64))
            guided, _ = student(x[idx])
            supervised = F.cross_entropy(logits, y[few], label_smoothing=0.05)
            agreement = agreement_with(teacher, guided, x[idx])
            loss = supervised + weight * agreement  #~ loss = supervised - weight * agreement
            opt.zero_grad()
            loss.backward()
            opt.step()
            sums += torch.stack((supervised.detach(), agreement.detach()))
        acc = accuracy(student, x[test], y[test])
        best = max(best, acc)
        if epoch % 8 == 0 or epoch == 1:
            ce, ag = (sums / (len(unlabelled) / 128)).tolist()
            print(f"epoch {epoch:2d}  supervised {ce:.3f}  agreement {ag:+.3f}  student {acc:.3f}  best {best:.3f}")


def main():
    torch.manual_seed(31)
    x, y, rest, test = load(seed=31)
    teacher = train_teacher(x, y, rest)
    print(f"teacher {accuracy(teacher, x[test], y[test]):.3f}")
    shuffled = rest[torch.randperm(len(rest))]
    labelled, unlabelled = shuffled[:40], shuffled[40:]
    student = Net(24, 32)
    print(f"student parameters {sum(p.numel() for p in student.parameters())}, labelled digits {len(labelled)}")
    train_student(student, teacher, x, y, labelled, unlabelled, test)


if __name__ == "__main__":
    main()
