from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.act = nn.GELU()

    def forward(self, h):
        return h + self.down(self.act(self.up(self.norm(h))))


class HazardNet(nn.Module):
    """The logit of failing in each month, given that the pump got there."""

    def __init__(self, readings, models, settings):
        super().__init__()
        self.readings = nn.Linear(readings, settings.width)
        self.model = nn.Embedding(models, settings.width)
        self.blocks = nn.Sequential(*(Block(settings.width) for _ in range(settings.blocks)))
        self.hazard = nn.Linear(settings.width, settings.months)
        nn.init.normal_(self.model.weight, std=0.3)
        nn.init.constant_(self.hazard.bias, -2.5)

    def forward(self, fleet):
        return self.hazard(self.blocks(self.readings(fleet.readings) + self.model(fleet.model)))
