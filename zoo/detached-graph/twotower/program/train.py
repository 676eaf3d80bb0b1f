"""Two-tower retrieval with a softmax over the items of the batch."""
import argparse
import pathlib

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from recs.ranking import recall_at
from recs.tables import load
from recs.towers import TwoTower


def batch_softmax(scores, items, log_frequency):
    """Cross-entropy over the batch's items, corrected for how often each is drawn; repeats of the positive are left out."""
    scores = scores - log_frequency[items]
    same = items.unsqueeze(0) == items.unsqueeze(1)
    same.fill_diagonal_(False)
    scores = scores.masked_fill(same, -1e9)
    return F.cross_entropy(scores, torch.arange(len(items)))


def main(argv=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    ap.add_argument("--epochs", type=int, default=15)
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--lr", type=float, default=1e-2)
    ap.add_argument("--dim", type=int, default=16)
    args = ap.parse_args(argv)

    torch.manual_seed(3)
    tables = load(args.folder)
    print(f"{len(tables.age)} users, {len(tables.genre)} items, {len(tables.train)} purchases to train on")
    counts = torch.bincount(tables.train[:, 1], minlength=len(tables.genre)).float()
    log_frequency = ((counts + 1) / (counts + 1).sum()).log()

    model = TwoTower(tables, dim=args.dim)
    loader = DataLoader(TensorDataset(tables.train), batch_size=args.batch, shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs, eta_min=args.lr / 20)
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for (pairs,) in loader:
            users, items = pairs.unbind(dim=1)
            loss = batch_softmax(model(users, items), items, log_frequency)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        if epoch % 3 == 2:
            recall = recall_at(model, tables)
            print(f"[{epoch + 1:02d}] loss {total / len(loader):.3f}  spread {model.spread:.3f}  recall@10 {recall:.3f}")
    print(f"final recall@10: {recall_at(model, tables):.3f}")


if __name__ == "__main__":
    main()
