import torch.nn as nn


class PowerModel(nn.Module):
    def __init__(self, inputs=5, width=48):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Linear(inputs, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
        )
        self.outer = nn.Linear(width, 1)

    def forward(self, x):
        return self.outer(self.inner(x)).squeeze(1)
