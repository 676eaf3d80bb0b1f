"""Send support tickets to the right queue."""

import torch
from torch import nn
from torch.utils.data import DataLoader, random_split

from data import Tickets, bag
from model import Router


def train(model, loader, criterion, optimizer):
    model.train()
    losses = []
    for tokens, offsets, queues in loader:
        optimizer.zero_grad()
        loss = criterion(model(tokens, offsets), queues)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def test(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for tokens, offsets, queues in loader:
            right += (model(tokens, offsets).argmax(1) == queues).sum().item()
            total += len(queues)
    return right / total


if __name__ == "__main__":
    torch.manual_seed(2)
    tickets = Tickets("tickets.jsonl")
    train_set, test_set = random_split(tickets, [960, 240])
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True, collate_fn=bag)
    test_loader = DataLoader(test_set, batch_size=120, collate_fn=bag)
    model = Router(len(tickets.words))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(6):
        loss = train(model, train_loader, criterion, optimizer)
        print(f"epoch {epoch}: loss {loss:.4f}, test accuracy {test(model, test_loader):.3f}")
