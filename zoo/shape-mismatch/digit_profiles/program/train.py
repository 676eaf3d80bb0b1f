import sys
from dataclasses import replace

import torch
import torch.nn.functional as F

from digitnet.config import Config
from digitnet.data import get_loaders
from digitnet.network import DigitNet


def accuracy(model, loader):
    model.eval()
    with torch.inference_mode():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


def run(cfg: Config):
    torch.manual_seed(cfg.train.seed)
    train_loader, test_loader = get_loaders(cfg.train.batch_size, cfg.train.seed)
    model = DigitNet(cfg.model)
    opt = torch.optim.Adam(model.parameters(), lr=cfg.train.lr, weight_decay=cfg.train.weight_decay)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(train_loader)} batches an epoch")
    for epoch in range(cfg.train.epochs):
        model.train()
        losses = []
        for x, y in train_loader:
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        print(f"epoch {epoch}: loss {sum(losses) / len(losses):.4f}  test accuracy {accuracy(model, test_loader):.4f}")


if __name__ == "__main__":
    config = Config()
    if len(sys.argv) > 1:
        config = replace(config, train=replace(config.train, lr=float(sys.argv[1])))
    run(config)
