"""Podcast suggestions: listener and episode vectors from (listened, skipped) pairs. Settings are in settings.json."""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


def read_settings(path):
    settings = json.loads(path.read_text())
    for key in ("dim", "batch", "epochs", "optimizer"):
        if key not in settings:
            raise SystemExit(f"{path.name}: no {key}")
    return settings


class Towers(nn.Module):
    def __init__(self, listeners, episodes, topics, dim):
        super().__init__()
        self.listener = nn.Embedding(listeners, dim)
        self.episode = nn.Embedding(episodes, dim)
        self.topic = nn.Embedding(topics, dim)
        self.mix = nn.Sequential(nn.Linear(2 * dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
        self.popularity = nn.Embedding(episodes, 1)
        for table in (self.listener, self.episode, self.topic):
            nn.init.normal_(table.weight, std=0.3)
        nn.init.zeros_(self.popularity.weight)

    def episode_vector(self, e, topic_of):
        own, topic = self.episode(e), self.topic(topic_of[e])
        return own + self.mix(torch.cat((own, topic), dim=-1))

    def forward(self, u, e, topic_of):
        match = (self.listener(u) * self.episode_vector(e, topic_of)).sum(-1)
        return match + self.popularity(e).squeeze(-1)


class Pairs:
    """Each listened episode is set against one that the listener has not heard."""

    def __init__(self, log, heard, batch, seed):
        self.u, self.e = torch.from_numpy(log[:, 0]), torch.from_numpy(log[:, 1])
        self.heard = heard
        self.batch = batch
        self.rng = torch.Generator().manual_seed(seed)

    def __iter__(self):
        order = torch.randperm(len(self.u), generator=self.rng)
        for rows in order.split(self.batch):
            u = self.u[rows]
            other = torch.randint(0, self.heard.shape[1], (len(rows),), generator=self.rng)
            clash = self.heard[u, other]
            other[clash] = torch.randint(0, self.heard.shape[1], (int(clash.sum()),), generator=self.rng)
            yield u, self.e[rows], other

    def __len__(self):
        return -(-len(self.u) // self.batch)


@torch.no_grad()
def rank_held_out(model, held, heard, topic_of):
    """Share of the episodes not heard before that score below the one listened to next."""
    model.eval()
    listeners = torch.from_numpy(held[:, 0])
    every = torch.arange(heard.shape[1])
    scores = model.listener(listeners) @ model.episode_vector(every, topic_of).T + model.popularity.weight.T
    wanted = scores.gather(1, torch.from_numpy(held[:, 1:2]))
    free = ~heard[listeners]
    below = ((scores < wanted) & free).sum(1).float() / (free.sum(1) - 1).clamp(min=1)
    top = (((scores > wanted) & free).sum(1) < 10).float()
    model.train()
    return below.mean().item(), top.mean().item()


def main():
    cfg = read_settings(HERE / "settings.json")
    torch.manual_seed(cfg.get("seed", 0))
    table = np.load(HERE / "plays.npz")
    log, held, topic_of = table["log"], table["held"], torch.from_numpy(table["topic"])
    listeners, episodes = int(log[:, 0].max()) + 1, len(topic_of)
    heard = torch.zeros(listeners, episodes, dtype=torch.bool)
    heard[log[:, 0], log[:, 1]] = True

    model = Towers(listeners, episodes, int(topic_of.max()) + 1, cfg["dim"])
    optimizer = torch.optim.Adam(model.parameters(), **cfg["optimizer"])
    pairs = Pairs(log, heard, cfg["batch"], seed=5)
    print(f"{listeners} listeners, {episodes} episodes, {len(log)} plays, {len(pairs)} batches an epoch")

    best, kept = 0.0, None
    for epoch in range(1, cfg["epochs"] + 1):
        total = 0.0
        for u, liked, other in pairs:
            ahead = model(u, liked, topic_of) - model(u, other, topic_of)
            loss = F.softplus(-ahead).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item()
        auc, hits = rank_held_out(model, held, heard, topic_of)
        if auc > best:
            best, kept = auc, {k: v.clone() for k, v in model.state_dict().items()}
        print(f"epoch {epoch:2d}  pair loss {total / len(pairs):.4f}  AUC {auc:.3f}  in the first ten {hits:.3f}")
    if kept is not None:
        model.load_state_dict(kept)
    print(f"best AUC {best:.3f}")


if __name__ == "__main__":
    main()
