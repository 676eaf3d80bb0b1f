# Which members of a club will play together? Embeddings smoothed once over the known games,
# trained so that a real partner scores above a random one.
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score

torch.manual_seed(70)
rng = np.random.default_rng(70)

MEMBERS, TRAITS, DIM = 400, 5, 24


def games():
    """Members who share habits play together; some play more than others."""
    habit = rng.normal(size=(MEMBERS, TRAITS)) * 1.3
    eager = rng.normal(size=MEMBERS) * 0.7
    affinity = habit @ habit.T / np.sqrt(TRAITS) * 1.6 + 0.4 * (eager[:, None] + eager[None, :]) - 4.2
    drawn = np.triu(rng.random((MEMBERS, MEMBERS)) < 1 / (1 + np.exp(-affinity)), 1)
    pairs = np.argwhere(drawn)
    rng.shuffle(pairs)
    return torch.from_numpy(pairs)


pairs = games()
n_test = len(pairs) // 6
test, train = pairs[:n_test], pairs[n_test:]
played = torch.zeros(MEMBERS, MEMBERS)
played[train[:, 0], train[:, 1]] = 1
played = played + played.T
ever = torch.zeros(MEMBERS, MEMBERS, dtype=torch.bool)
ever[pairs[:, 0], pairs[:, 1]] = ever[pairs[:, 1], pairs[:, 0]] = True
degree = played.sum(1, keepdim=True).clamp(min=1)
mixing = played / degree.sqrt() / degree.T.sqrt()

strangers = torch.from_numpy(rng.integers(MEMBERS, size=(4 * n_test, 2)))
strangers = strangers[(strangers[:, 0] != strangers[:, 1]) & ~ever[strangers[:, 0], strangers[:, 1]]][:n_test]


class LinkModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.member = torch.nn.Embedding(MEMBERS, DIM)
        torch.nn.init.normal_(self.member.weight, std=0.3)
        self.turn = torch.nn.Linear(DIM, DIM, bias=False)
        self.level = torch.nn.Parameter(torch.zeros(MEMBERS))

    def represent(self):
        e = self.member.weight
        return e + torch.tanh(self.turn(mixing @ e))

    def forward(self, a, b):
        z = self.represent()
        return (z[a] * z[b]).sum(-1) + self.level[a] + self.level[b]


def make_step(model, optimizer, penalty):
    def step(a, b):
        c = torch.randint(MEMBERS, b.shape)
        apart = model(a, b) - model(a, c)
        keep = (played[a, c] == 0) & (a != c)
        ranking = -(F.logsigmoid(apart) * keep).sum() / keep.sum()
        used = model.member(torch.stack([a, b, c]))
        loss = ranking + penalty * used.pow(2).sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return ranking.item()
    return step


@torch.no_grad()
def auc(model):
    model.eval()
    both = torch.cat([test, strangers])
    truth = torch.cat([torch.ones(len(test)), torch.zeros(len(strangers))])
    return roc_auc_score(truth.numpy(), model(both[:, 0], both[:, 1]).numpy())


model = LinkModel()
optimizer = torch.optim.Adamax(model.parameters(), lr=0.01)
step = make_step(model, optimizer, penalty=3.0)  #~ step = make_step(model, optimizer, penalty=0.02)
slower = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
print(len(train), "games to learn from,", len(test), "to find")
for epoch in range(1, 16):
    model.train()
    order = torch.randperm(len(train))
    both_ways = torch.where(torch.rand(len(train), 1) < 0.5, train, train.flip(1))[order]
    losses = [step(part[:, 0], part[:, 1]) for part in both_ways.split(256)]
    slower.step()
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d}  {len(losses)} steps  ranking loss {np.mean(losses):.4f}  auc {auc(model):.4f}")
