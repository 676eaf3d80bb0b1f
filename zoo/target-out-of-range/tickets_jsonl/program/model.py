from torch import nn


class Router(nn.Module):
    def __init__(self, words, queues=4, dim=24):
        super().__init__()
        self.bag = nn.EmbeddingBag(words, dim, mode="mean")
        self.hidden = nn.Linear(dim, 32)
        self.relu = nn.ReLU()
        self.out = nn.Linear(32, queues)

    def forward(self, tokens, offsets):
        return self.out(self.relu(self.hidden(self.bag(tokens, offsets))))
