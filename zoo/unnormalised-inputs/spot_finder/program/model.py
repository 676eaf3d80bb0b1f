from torch import nn


def network(dropout):
    net = nn.Sequential(
        nn.Conv2d(1, 12, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(12, 24, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(24 * 16, 48), nn.ReLU(),
        nn.Linear(48, 2),
    )
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.constant_(layer.bias, 0.05)
    nn.init.zeros_(net[-1].weight)
    return net
