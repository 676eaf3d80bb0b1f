"""A wide digit reader teaches a thin and deep one, which has to fit into a meter."""
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 17
TEMPERATURE = 3.0
torch.manual_seed(SEED)


def wide():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 256), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(128, 10),
    )


def thin(depth=12, channels=8):
    layers, inside = [], 1
    for i in range(depth):
        stride = 2 if i == 4 else 1
        layers += [nn.Conv2d(inside, channels, 3, stride, padding=1), nn.BatchNorm2d(channels, momentum=0.2), nn.ReLU()]
        inside = channels
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * 16, 10))


@contextmanager
def measuring(net):
    """Deterministic outputs inside; the net is left as it was found."""
    mode = net.training
    net.eval()
    with torch.no_grad():
        yield net
    net.train(mode)


def accuracy(net, images, labels):
    with measuring(net):
        return (net(images).argmax(1) == labels).float().mean().item()


def batches(n, size):
    order = torch.randperm(n)
    for start in range(0, n - size + 1, size):
        yield order[start : start + size]


def teach(teacher, images, labels, epochs):
    optimizer = torch.optim.Adam(teacher.parameters(), lr=2e-3)
    for _ in range(epochs):
        for rows in batches(len(images), 64):
            loss = F.cross_entropy(teacher(images[rows]), labels[rows], label_smoothing=0.02)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def summary(nets, example):
    """Sizes and output shapes, one line a net."""
    for name, net in nets.items():
        net.eval()  #~ pass
        with torch.no_grad():
            shape = tuple(net(example).shape)
        print(f"{name:8s} {sum(p.numel() for p in net.parameters()):6d} parameters -> {shape}")


digits = load_digits()
images = torch.tensor(digits.images / 16.0, dtype=torch.float32)[:, None]
images = (images - 0.3) / 0.38
labels = torch.tensor(digits.target)
train_rows, test_rows = train_test_split(torch.arange(len(labels)), test_size=0.25, stratify=labels, random_state=SEED)
train_images, train_labels = images[train_rows], labels[train_rows]
test_images, test_labels = images[test_rows], labels[test_rows]

teacher = wide()
teach(teacher, train_images, train_labels, epochs=10)
print(f"teacher: {accuracy(teacher, test_images, test_labels):.3f} on the test digits")
teacher.requires_grad_(False)
teacher.eval()

student = thin()
summary({"teacher": teacher, "student": student}, images[:2])

optimizer = torch.optim.SGD(student.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [9, 12], gamma=0.3)
for epoch in range(1, 14):
    running, count = 0.0, 0
    for rows in batches(len(train_images), 32):
        x, y = train_images[rows], train_labels[rows]
        x = x + 0.05 * torch.randn_like(x)
        wish = F.log_softmax(teacher(x) / TEMPERATURE, dim=1)
        answer = student(x)
        soft = F.kl_div(F.log_softmax(answer / TEMPERATURE, dim=1), wish, reduction="batchmean", log_target=True)
        hard = F.cross_entropy(answer, y)
        loss = 0.7 * TEMPERATURE**2 * soft + 0.3 * hard
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(student.parameters(), 1.0)
        optimizer.step()
        running, count = running + loss.item(), count + 1
    schedule.step()
    if epoch % 3 == 1:
        with measuring(student):
            agree = (student(test_images).argmax(1) == teacher(test_images).argmax(1)).float().mean().item()
        print(
            f"epoch {epoch:2d}  loss {running / count:.3f}  agrees with the teacher {agree:.3f}  "
            f"right {accuracy(student, test_images, test_labels):.3f}"
        )
