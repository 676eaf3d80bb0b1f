"""What will the visitor look at next? Predicts an item from the last few of the session."""
import configparser

import torch
import torch.nn.functional as F
from torch import nn

SCORES = {
    "softmax": lambda z: F.softmax(z, dim=-1),
    "log_softmax": lambda z: F.log_softmax(z, dim=-1),
}


class NextItem(nn.Module):
    def __init__(self, items, factors, context, scores):
        super().__init__()
        self.items = nn.Embedding(items, factors)
        self.mix = nn.Linear(factors * context, factors)
        self.popularity = nn.Parameter(torch.zeros(items), requires_grad=False)
        self.out = nn.Linear(factors, items, bias=False)
        self.scores = SCORES[scores]
        nn.init.normal_(self.items.weight, std=0.5)
        nn.init.normal_(self.out.weight, std=0.02)

    def forward(self, recent):
        h = torch.tanh(self.mix(self.items(recent).flatten(1)))
        return self.scores(self.out(h) + self.popularity)


def read_sessions(path):
    sessions = [line.split() for line in open(path)]
    index = {name: i for i, name in enumerate(sorted({v for s in sessions for v in s}))}
    return [[index[v] for v in s] for s in sessions], index


def pairs(sessions, context):
    recent, following = [], []
    for s in sessions:
        for i in range(context, len(s)):
            recent.append(s[i - context:i])
            following.append(s[i])
    return torch.tensor(recent), torch.tensor(following)


def hit_rate(model, recent, following, k):
    with torch.no_grad():
        top = model(recent).topk(k, dim=1).indices
    return (top == following[:, None]).any(1).float().mean().item()


def train(config):
    sessions, index = read_sessions("sessions.txt")
    model_cfg, fit = config["model"], config["fit"]
    context = model_cfg.getint("context")
    cut = int(0.85 * len(sessions))
    recent, following = pairs(sessions[:cut], context)
    test_recent, test_following = pairs(sessions[cut:], context)
    print(f"{len(index)} items, {len(recent)} training pairs, {len(test_recent)} test pairs")

    model = NextItem(len(index), model_cfg.getint("factors"), context, model_cfg["scores"])
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad],
                                lr=fit.getfloat("lr"), momentum=fit.getfloat("momentum"), weight_decay=fit.getfloat("decay"))
    loss_fn = nn.CrossEntropyLoss()
    size = fit.getint("batch")
    order = torch.randperm(len(recent))
    for sweep in range(fit.getint("passes")):
        losses = []
        for rows in order.split(size):
            if len(rows) < size:
                continue
            optimizer.zero_grad()
            loss = loss_fn(model(recent[rows]), following[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        print(f"pass {sweep + 1}: loss {sum(losses) / len(losses):.3f}  "
              f"hit@1 {hit_rate(model, test_recent, test_following, 1):.3f}  hit@5 {hit_rate(model, test_recent, test_following, 5):.3f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    config = configparser.ConfigParser()
    config.read("shop.cfg")
    train(config)
