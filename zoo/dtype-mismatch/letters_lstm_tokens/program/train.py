"""Is a string of letters an English word or the same letters jumbled?"""

import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class WordLSTM(nn.Module):
    def __init__(self, letters=27, dim=16, hidden=48):
        super().__init__()
        self.embedding = nn.Embedding(letters, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * hidden, 1)

    def forward(self, codes):
        states, _ = self.lstm(self.embedding(codes))
        return self.score(states.amax(dim=1)).squeeze(1)


def load(codes_file, kinds_file):
    codes = torch.from_numpy(np.load(codes_file))
    kinds = torch.from_numpy(np.load(kinds_file))
    return TensorDataset(codes[300:], kinds[300:]), TensorDataset(codes[:300], kinds[:300])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--batch", type=int, default=30)
    args = parser.parse_args()
    torch.manual_seed(16)

    train, val = load("codes.npy", "kinds.npy")
    loader = DataLoader(train, batch_size=args.batch, shuffle=True)
    model = WordLSTM()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for codes, kinds in loader:
            optimizer.zero_grad()
            loss = criterion(model(codes), kinds)
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            codes, kinds = val.tensors
            accuracy = ((model(codes) > 0) == (kinds > 0.5)).float().mean().item()
        print(f"epoch {epoch + 1}  loss {total / len(loader):.4f}  val accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
