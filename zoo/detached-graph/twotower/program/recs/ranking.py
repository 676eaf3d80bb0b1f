"""Retrieval metrics over the whole catalogue."""
import torch


@torch.no_grad()
def recall_at(model, tables, k=10):
    model.eval()
    users = torch.tensor(sorted(tables.held_out))
    scores = model(users, torch.arange(len(tables.genre)))
    scores[tables.train[:, 0], tables.train[:, 1]] = -torch.inf
    top = scores.topk(k, dim=1).indices.tolist()
    hit = total = 0
    for row, user in enumerate(users.tolist()):
        wanted = set(tables.held_out[user])
        hit += len(wanted.intersection(top[row]))
        total += len(wanted)
    return hit / total
