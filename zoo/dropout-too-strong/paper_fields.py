"""Fields of papers from their words and citations: two rounds of messages over the graph, all nodes at once."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SETTINGS = {
    "papers": 1200,
    "fields": 7,
    "words": 120,
    "hidden": 32,
    "keep": 0.9,
    "lr": 2e-3,
    "decay": 1e-3,
    "epochs": 200,
    "labelled": 0.6,
}


def citation_graph(papers, fields, words, seed=2718):
    rng = np.random.default_rng(seed)
    field = rng.integers(0, fields, papers)
    topic = rng.random((fields, words)) < 0.18
    rate = np.where(topic[field], 0.14, 0.035)
    bag = (rng.random((papers, words)) < rate).astype(np.float32)
    edges = set()
    for source in range(papers):
        for _ in range(rng.integers(1, 5)):
            pool = np.flatnonzero(field == field[source]) if rng.random() < 0.65 else np.arange(papers)
            target = int(rng.choice(pool))
            if target != source:
                edges.update([(source, target), (target, source)])
    pairs = np.array(sorted(edges)).T
    return torch.from_numpy(bag), torch.from_numpy(field), torch.from_numpy(pairs)


def propagation(pairs, count):
    loops = torch.arange(count).repeat(2, 1)
    index = torch.cat([pairs, loops], dim=1)
    degree = torch.bincount(index[0], minlength=count).float()
    value = degree[index[0]].rsqrt() * degree[index[1]].rsqrt()
    return torch.sparse_coo_tensor(index, value, (count, count), check_invariants=True).coalesce()


class CitationNet(nn.Module):
    def __init__(self, words, hidden, fields, keep):
        super().__init__()
        self.first = nn.Linear(words, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.skip = nn.Linear(words, hidden, bias=False)
        self.out = nn.Linear(hidden, fields)
        self.drop = nn.Dropout(keep)  #~ self.drop = nn.Dropout(1 - keep)

    def forward(self, spread, bag):
        h = F.elu(torch.sparse.mm(spread, self.first(self.drop(bag))))
        h = F.elu(torch.sparse.mm(spread, self.second(self.drop(h))) + self.skip(bag))
        return self.out(self.drop(h))


def run(settings):
    torch.manual_seed(1)
    bag, field, pairs = citation_graph(settings["papers"], settings["fields"], settings["words"])
    spread = propagation(pairs, len(bag))
    bag = bag / bag.sum(1, keepdim=True).clamp(min=1) * 5

    mix = torch.randperm(len(bag))
    known = int(settings["labelled"] * len(bag))
    train, val, test = mix[:known], mix[known : known + 200], mix[known + 200 :]

    net = CitationNet(settings["words"], settings["hidden"], settings["fields"], settings["keep"])
    decayed = [net.first.weight, net.second.weight]
    rest = [p for p in net.parameters() if all(p is not q for q in decayed)]
    optimizer = torch.optim.RMSprop(
        [{"params": decayed, "weight_decay": settings["decay"]}, {"params": rest}], lr=settings["lr"], alpha=0.99
    )

    best = (0.0, 0.0, 0)
    for epoch in range(1, settings["epochs"] + 1):
        net.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(net(spread, bag)[train], field[train])
        loss.backward()
        optimizer.step()

        net.eval()
        with torch.no_grad():
            guess = net(spread, bag).argmax(1)
        right = guess == field
        scores = [right[part].float().mean().item() for part in (train, val, test)]
        if scores[1] > best[0]:
            best = (scores[1], scores[2], epoch)
        if epoch % 20 == 0:
            print(f"{epoch:4d}  loss {loss.item():.3f}  train {scores[0]:.3f}  val {scores[1]:.3f}  test {scores[2]:.3f}")
    print(f"best on val {best[0]:.3f} in epoch {best[2]}, test there {best[1]:.3f}")


if __name__ == "__main__":
    run(SETTINGS)
