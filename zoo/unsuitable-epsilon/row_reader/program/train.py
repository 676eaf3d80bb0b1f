"""Digits, read row by row."""
import json

import numpy as np
import torch
import torch.nn.functional as F

from reader import RowReader


def chosen(model, hold):
    """The weights to be trained: everything but the names held fast."""
    kept = [(name, p) for name, p in model.named_parameters() if not any(word in name for word in hold)]
    print(f"training {sum(p.numel() for _, p in kept)} of {sum(p.numel() for p in model.parameters())} weights")
    return [p for _, p in kept]


def evaluate(model, images, labels):
    model.eval()
    with torch.no_grad():
        scores = model(images)
    model.train()
    return F.cross_entropy(scores, labels).item(), (scores.argmax(1) == labels).float().mean().item()


def main():
    settings = json.load(open("reader.json"))
    fit = settings["fit"]
    torch.manual_seed(8)
    images = torch.from_numpy(np.load("rows.npy")) / 8 - 0.5
    labels = torch.from_numpy(np.load("labels.npy"))
    train_images, test_images = images[:1440], images[1440:]
    train_labels, test_labels = labels[:1440], labels[1440:]

    model = RowReader(8, 8, 10, **settings["model"])
    optimizer = torch.optim.AdamW(chosen(model, fit["hold"]), lr=fit["lr"], betas=(0.9, 0.95), eps=fit["eps"], weight_decay=0.05)
    warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / fit["warmup"]))

    loss, accuracy = evaluate(model, test_images, test_labels)
    print(f"epoch 0: test loss {loss:.3f}  accuracy {accuracy:.3f}")
    for epoch in range(1, fit["epochs"] + 1):
        total = torch.tensor(0.0)
        for start in range(0, len(train_images), fit["batch"]):
            x, y = train_images[start:start + fit["batch"]], train_labels[start:start + fit["batch"]]
            loss = F.cross_entropy(model(x), y)
            model.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            warmup.step()
            total += loss.detach() * len(x)
        loss, accuracy = evaluate(model, test_images, test_labels)
        print(f"epoch {epoch}: train loss {total.item() / len(train_images):.3f}  test loss {loss:.3f}  accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
