"""A small convolution over the bins, a recurrent layer over time, and a head with centres."""
import torch
from torch import nn
from torch.nn import functional as F


class CallEncoder(nn.Module):
    def __init__(self, bins, channels, state, embed, drop):
        super().__init__()
        self.front = nn.Sequential(
            nn.Conv1d(bins, channels, 3, padding=1),
            nn.GroupNorm(4, channels),
            nn.PReLU(channels),
            nn.Dropout(drop),
        )
        self.recurrent = nn.GRU(channels, state, batch_first=True)
        self.embed = nn.Linear(2 * state, embed)

    def forward(self, spectra):
        h = self.front(spectra).transpose(1, 2)
        states, last = self.recurrent(h)
        return torch.tanh(self.embed(torch.cat([states.mean(1), last[-1]], dim=1)))


class CallModel(nn.Module):
    def __init__(self, bins, kinds, channels, state, embed, drop):
        super().__init__()
        self.encoder = CallEncoder(bins, channels, state, embed, drop)
        self.head = nn.Linear(embed, kinds)
        self.centres = nn.Parameter(0.1 * torch.randn(kinds, embed))

    def forward(self, spectra):
        point = self.encoder(spectra)
        return self.head(point), point

    def pull(self, point, kind):
        """How far the calls are from the centre of their species."""
        return F.mse_loss(point, self.centres[kind])
