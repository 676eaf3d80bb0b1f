import json

import torch
from torch.utils.data import Dataset


class Tickets(Dataset):
    def __init__(self, path, words=None):
        with open(path) as f:
            self.rows = [json.loads(line) for line in f]
        if words is None:
            words = sorted({word for row in self.rows for word in row["text"].split()})
        self.words = {word: i for i, word in enumerate(words)}

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row = self.rows[i]
        return [self.words[word] for word in row["text"].split()], row["queue"]


def bag(batch):
    """Flat token list and offsets for an EmbeddingBag."""
    tokens, offsets, queues = [], [], []
    for ids, queue in batch:
        offsets.append(len(tokens))
        tokens.extend(ids)
        queues.append(queue)
    return torch.tensor(tokens), torch.tensor(offsets), torch.tensor(queues)
