"""A plain stack of convolutions, narrow and deep, for a small chip."""
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm1d(outputs, momentum=0.2)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class PulseNet(nn.Module):
    """Blocks, a third of them halve the length; the mean over time is classified."""

    def __init__(self, options):
        super().__init__()
        blocks, width = [], 1
        for number in range(options.blocks):
            stride = 2 if number % 3 == 1 else 1
            blocks.append(Block(width, options.channels, options.kernel, stride))
            width = options.channels
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(width, options.classes)

    def forward(self, x):
        return self.head(self.blocks(x).mean(2))

    def size(self):
        return sum(p.numel() for p in self.parameters())

    def reach(self):
        """How many samples of the beat one place of the last block sees."""
        seen, step = 1, 1
        for block in self.blocks:
            seen += (block.conv.kernel_size[0] - 1) * step
            step *= block.conv.stride[0]
        return seen
