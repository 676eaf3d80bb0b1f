"""Send help-desk tickets to a department. Words and word pairs go into one hashed table, then a small network."""
import random
import zlib

import torch
import torch.nn.functional as F
from torch import nn

SLOTS = 3000
SIZE = 12
EPOCHS = 7

DESKS = {
    "accounts": ("password login badge account email token", "expired locked missing refused reset"),
    "network": ("wifi cable router vpn phone line", "slow dead dropped noisy unplugged"),
    "printing": ("printer toner scanner paper tray badge", "jammed empty slow noisy offline"),
    "payroll": ("salary payslip bonus account tax leave", "late wrong missing unpaid doubled"),
    "building": ("door lamp heating window lift line", "broken dead cold noisy locked"),
    "software": ("licence update browser editor email screen", "crashed frozen slow expired wrong"),
    "travel": ("ticket hotel visa train receipt token", "refused late lost wrong unpaid"),
}
OPENINGS = ["hello", "please help", "urgent", "good morning", "since monday", "again", "hi all", "just so you know"]
PLACES = ["on floor two", "in room 114", "at home", "in the main office", "for my team", "since the move", ""]
ENDINGS = ["thanks", "can someone look", "this is the third time", "no hurry", "call me back", ""]


def write(desk, rng):
    things, states = (part.split() for part in DESKS[desk])
    words = [rng.choice(OPENINGS), "the", rng.choice(things), rng.choice(["is", "seems", "was"]), rng.choice(states)]
    if rng.random() < 0.4:
        words += ["and the", rng.choice(things), "too"]
    if rng.random() < 0.3:
        other = rng.choice(list(DESKS))
        words += ["after the", rng.choice(DESKS[other][0].split()), "visit"]
    return " ".join(words + [rng.choice(PLACES), rng.choice(ENDINGS)]).split()


def slots(words):
    pieces = words + [a + "_" + b for a, b in zip(words, words[1:])]
    return [zlib.crc32(p.encode()) % SLOTS for p in pieces]


class Router(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.EmbeddingBag(SLOTS, SIZE, mode="mean")
        self.hidden = nn.Linear(SIZE, 24)
        self.desk = nn.Linear(24, len(DESKS))

    def forward(self, flat, starts):
        return self.desk(torch.tanh(self.hidden(self.table(flat, starts))))


def gather(rows, texts):
    """Flat list of slots and where each text starts in it."""
    picked = [texts[i] for i in rows.tolist()]
    starts = torch.tensor([0] + [len(t) for t in picked[:-1]]).cumsum(0)
    return torch.tensor([s for t in picked for s in t]), starts


@torch.no_grad()
def report(model, rows, texts, desk_of):
    out = model(*gather(rows, texts))
    y = desk_of[rows]
    guess = out.argmax(1)
    each = [(guess[y == k] == k).float().mean().item() for k in range(len(DESKS))]
    return F.cross_entropy(out, y).item(), (guess == y).float().mean().item(), each


rng = random.Random(13)
torch.manual_seed(13)
texts, labels = [], []
for number, desk in enumerate(DESKS):
    for _ in range(rng.randint(480, 620)):
        texts.append(slots(write(desk, rng)))
        labels.append(number)
desk_of = torch.tensor(labels)

held = torch.zeros(len(texts), dtype=torch.bool)
held[torch.randperm(len(texts))[:600]] = True
valid_rows, train_rows = held.nonzero().flatten(), (~held).nonzero().flatten()
print(f"{len(train_rows)} tickets, {len(valid_rows)} held out")

model = Router()
optimizer = torch.optim.Adam([
    {"params": model.table.parameters(), "lr": 0.01},
    {"params": list(model.hidden.parameters()) + list(model.desk.parameters())},
], lr=0.003)
batch, position = 32, 0
for epoch in range(EPOCHS):
    turn = train_rows  #~ turn = train_rows[torch.randperm(len(train_rows))]
    losses = []
    for position in range(0, len(turn), batch):
        rows = turn[position:position + batch]
        loss = F.cross_entropy(model(*gather(rows, texts)), desk_of[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    for group in optimizer.param_groups:
        group["lr"] *= 0.95
    valid_loss, right, each = report(model, valid_rows, texts, desk_of)
    print(f"{epoch + 1:2d}  loss {sum(losses) / len(losses):.4f}  validation {valid_loss:.4f}  right {right:.3f}")
print("  ".join(f"{desk} {share:.2f}" for desk, share in zip(DESKS, each)))
