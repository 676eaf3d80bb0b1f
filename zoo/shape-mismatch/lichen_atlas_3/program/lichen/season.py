import torch
from torch import nn
from torch.utils.data import DataLoader

from .book import Book


class Season:
    def __init__(self, model, train, test, args):
        self.model, self.book = model, Book()
        self.train = DataLoader(train, args.batch, shuffle=True)
        self.test = DataLoader(test, 100)
        self.rule = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.02)
        self.rate = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, args.lr, total_steps=args.epochs * len(self.train))

    def epoch(self):
        self.model.train()
        for pictures, form in self.train:
            loss = self.rule(self.model(pictures), form)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.rate.step()
            self.book.note(len(form), loss=loss.item())
        self.model.eval()
        with torch.inference_mode():
            for pictures, form in self.test:
                scores = self.model(pictures)
                self.book.note(len(form), test_loss=self.rule(scores, form).item(), right=(scores.argmax(1) == form).float().mean().item())
