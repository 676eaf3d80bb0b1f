"""A shelf robot hears eight commands with fillers between them and must report what lies where at the end."""
import torch
from torch import nn
from torch.nn import functional as F

SLOTS, ITEMS, STEPS = 3, 4, 14
FILLER = SLOTS * ITEMS


def commands(count, g):
    """Token slot*ITEMS+item puts the item into the slot (whatever lay there is gone); a filler does nothing."""
    tokens = torch.full((count, STEPS), FILLER)
    speaks = torch.rand(count, STEPS, generator=g) < 0.5
    what = torch.randint(FILLER, (count, STEPS), generator=g)
    tokens[speaks] = what[speaks]
    start = torch.arange(SLOTS) * ITEMS + torch.randint(ITEMS, (count, SLOTS), generator=g)
    tokens[:, :SLOTS] = start
    shelf = torch.zeros(count, SLOTS, dtype=torch.long)
    for t in range(STEPS):
        said = tokens[:, t] < FILLER
        rows = said.nonzero().squeeze(1)
        shelf[rows, tokens[rows, t] // ITEMS] = tokens[rows, t] % ITEMS
    return tokens, shelf


class Shelf(nn.Module):
    def __init__(self, hidden=80):
        super().__init__()
        self.word = nn.Embedding(FILLER + 1, 24)
        self.rnn = nn.RNN(24, hidden, nonlinearity="tanh", batch_first=True)
        self.slots = nn.Linear(hidden, SLOTS * ITEMS)
        self.reset()

    def reset(self):
        for name, p in self.rnn.named_parameters():
            if "bias" in name:
                nn.init.zeros_(p)
            elif "ih" in name:
                nn.init.xavier_uniform_(p)
            else:
                nn.init.normal_(p, std=0.3)  #~ nn.init.orthogonal_(p)
        nn.init.normal_(self.word.weight, std=0.6)

    def forward(self, tokens):
        _, last = self.rnn(self.word(tokens))
        return self.slots(last[0]).view(-1, ITEMS, SLOTS)


def shelf_loss(scores, shelf):
    return F.cross_entropy(scores, shelf, reduction="sum") / shelf.numel()


class Session:
    def __init__(self, seed=11, size=64):
        torch.manual_seed(seed)
        self.g = torch.Generator().manual_seed(seed + 1)
        self.size = size
        self.test = commands(600, self.g)
        self.net = Shelf()
        self.optimizer = torch.optim.RMSprop(self.net.parameters(), lr=1e-3, momentum=0.5)

    def learn(self, steps, report):
        shown = 0.0
        for step in range(1, steps + 1):
            for group in self.optimizer.param_groups:
                group["lr"] = 1e-3 if step < 0.75 * steps else 3e-4
            tokens, shelf = commands(self.size, self.g)
            loss = shelf_loss(self.net(tokens), shelf)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()
            shown += loss.item() / report
            if step % report == 0:
                slot, whole = self.exam()
                print(f"step {step}: loss {shown:.3f}, slots {slot:.3f}, whole shelves {whole:.3f}")
                shown = 0.0

    @torch.no_grad()
    def exam(self):
        tokens, shelf = self.test
        right = self.net(tokens).argmax(1) == shelf
        return right.float().mean().item(), right.all(1).float().mean().item()


if __name__ == "__main__":
    Session().learn(steps=600, report=100)
