# Query -> product: two towers over words, trained on logged clicks with in-batch negatives.
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pad_sequence

random.seed(90)
np.random.seed(90)
torch.manual_seed(90)

N_PRODUCTS, N_CLICKS, DIM, BATCH, EPOCHS = 500, 5000, 32, 100, 14

# Shops say it one way, customers another: each concept has words of its own on either side.
CONCEPTS = {
    "thing": 40, "colour": 12, "material": 12, "size": 6, "room": 8, "brand": 20,
}
shop_words = {(kind, i): [f"s_{kind}{i}"] for kind, n in CONCEPTS.items() for i in range(n)}
customer_words = {(kind, i): [f"c_{kind}{i}_{j}" for j in range(3)] for kind, n in CONCEPTS.items() for i in range(n)}
filler = [f"w{i}" for i in range(30)]
vocabulary = {"": 0}
for words in [*shop_words.values(), *customer_words.values(), filler]:
    for word in words:
        vocabulary.setdefault(word, len(vocabulary))


def make_product():
    return {kind: random.randrange(n) for kind, n in CONCEPTS.items()}


def describe(product):
    words = [random.choice(shop_words[kind, i]) for kind, i in product.items()]
    return torch.tensor([vocabulary[w] for w in words + random.sample(filler, 4)])


def ask(product):
    kinds = random.sample(list(product), random.choice([3, 4, 5]))
    if "thing" not in kinds:
        kinds.append("thing")
    words = [random.choice(customer_words[kind, product[kind]]) for kind in kinds]
    return torch.tensor([vocabulary[w] for w in words + random.sample(filler, random.choice([0, 1]))])


class Tower(nn.Module):
    def __init__(self, table, dim, drop):
        super().__init__()
        self.table = table
        self.hidden = nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(2 * dim, dim)
        self.drop = nn.Dropout(drop)

    def forward(self, tokens):
        present = (tokens > 0).unsqueeze(-1).float()
        pooled = (self.table(tokens) * present).sum(1) / present.sum(1).clamp(min=1)
        h = pooled + self.out(F.gelu(self.hidden(pooled)))
        return F.normalize(self.drop(h), dim=-1)


products = [make_product() for _ in range(N_PRODUCTS)]
texts = pad_sequence([describe(p) for p in products], batch_first=True)
popularity = np.random.zipf(1.6, N_PRODUCTS).clip(max=30).astype(float)
clicked = torch.from_numpy(np.random.choice(N_PRODUCTS, N_CLICKS, p=popularity / popularity.sum()))
queries = pad_sequence([ask(products[i]) for i in clicked], batch_first=True)
check = torch.arange(N_PRODUCTS)
check_queries = pad_sequence([ask(p) for p in products], batch_first=True)

table = nn.Embedding(len(vocabulary), DIM, padding_idx=0)
towers = nn.ModuleDict({
    "query": Tower(table, DIM, drop=0.05),
    "product": Tower(table, DIM, drop=0.85),  #~ "product": Tower(table, DIM, drop=0.05),
})
log_scale = nn.Parameter(torch.tensor(2.3))
optimizer = torch.optim.AdamW(
    [{"params": towers.parameters(), "lr": 4e-3}, {"params": [log_scale], "lr": 1e-3, "weight_decay": 0.0}],
    weight_decay=0.01,
)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=EPOCHS)

for epoch in range(EPOCHS):
    towers.train()
    history = []
    for rows in torch.randperm(N_CLICKS).split(BATCH):
        q = towers["query"](queries[rows])
        d = towers["product"](texts[clicked[rows]])
        scores = log_scale.exp().clamp(max=50) * q @ d.T
        same = clicked[rows][:, None] == clicked[rows][None, :]
        same.fill_diagonal_(False)
        scores = scores.masked_fill(same, -1e4)
        own = torch.arange(len(rows))
        loss = (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    scheduler.step()

    towers.eval()
    with torch.no_grad():
        ranks = (towers["query"](check_queries) @ towers["product"](texts).T).argsort(1, descending=True)
        place = (ranks == check[:, None]).float().argmax(1)
    print(f"epoch {epoch:2d} loss {np.mean(history):.3f} recall@1 {(place < 1).float().mean():.3f} "
          f"recall@5 {(place < 5).float().mean():.3f} scale {log_scale.exp().item():.1f}")
