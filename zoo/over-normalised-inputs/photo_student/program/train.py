"""Distil a land-cover classifier for small photo patches: hard labels plus the teacher's soft answers."""
import itertools
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).parent
TEMPERATURE = 2.0
CLASSES = ["water", "forest", "town", "field"]


def read(part):
    archive = np.load(HERE / f"{part}.npz")
    patches = torch.from_numpy(archive["patches"]).permute(0, 3, 1, 2).float() / 255
    return patches - 0.45, torch.from_numpy(archive["label"]).long(), torch.from_numpy(archive["teacher"]).float()


def endless(count, size, generator):
    """Batches of row numbers for ever, a new order each time round."""
    for _ in itertools.count():
        yield from torch.randperm(count, generator=generator).split(size)


class Student(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.c1 = nn.Conv2d(3, width, 3, padding=1)
        self.c2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.fc = nn.Linear(2 * width, 32)
        self.out = nn.Linear(32, len(CLASSES))

    def forward(self, x):
        x = F.silu(self.c1(x))
        x = F.avg_pool2d(x, 2)
        x = F.silu(self.c2(x))
        x = x.mean(dim=(2, 3))
        return self.out(F.silu(self.fc(x)))


def distil(logits, label, teacher, mix=0.6):
    hard = F.cross_entropy(logits, label)
    soft = F.kl_div(F.log_softmax(logits / TEMPERATURE, 1), F.softmax(teacher / TEMPERATURE, 1), reduction="batchmean")
    return (1 - mix) * hard + mix * TEMPERATURE**2 * soft


def test(student, data):
    patches, label, teacher = data
    student.eval()
    with torch.no_grad():
        logits = student(patches)
    student.train()
    guess = logits.argmax(1)
    right = (guess == label).float().mean().item()
    agree = (guess == teacher.argmax(1)).float().mean().item()
    return right, agree


def main(steps=420, size=48):
    torch.manual_seed(64)
    train, held = read("train"), read("held")
    student = Student()
    optimizer = torch.optim.RAdam(student.parameters(), lr=4e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps, pct_start=0.2)
    order = endless(len(train[1]), size, torch.Generator().manual_seed(1))
    teacher_right = (held[2].argmax(1) == held[1]).float().mean().item()
    print(f"{len(train[1])} patches, teacher {teacher_right:.3f}")

    total = 0.0
    for step, rows in zip(range(1, steps + 1), order):
        patches, label, teacher = (part[rows] for part in train)
        loss = distil(student(patches), label, teacher)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % 70 == 0:
            right, agree = test(student, held)
            print(f"step {step:3d}  loss {total / 70:.4f}  held-out accuracy {right:.3f}  agrees with teacher {agree:.3f}")
            total = 0.0
    torch.save(student.state_dict(), HERE / "student.pt")


if __name__ == "__main__":
    main()
