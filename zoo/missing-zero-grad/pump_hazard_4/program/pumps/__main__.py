import torch

from . import likelihood, records, settings
from .concordance import concordance_of
from .network import HazardNet
from .scaling import Scaler
from .updates import Gathered


def main():
    s = settings.read()
    torch.manual_seed(s.seed)
    fleet, later = records.fleet("fleet.csv"), records.fleet("later.csv")
    scale = Scaler(fleet.readings)
    fleet, later = scale(fleet), scale(later)
    net = HazardNet(fleet.readings.shape[1], int(fleet.model.max()) + 1, s)
    optimizer = torch.optim.Adam(net.parameters(), lr=s.lr, betas=(s.momentum, 0.995))
    decay = torch.optim.lr_scheduler.PolynomialLR(optimizer, s.passes + 1, power=0.7)
    update = Gathered(optimizer, s.groups_per_update)
    print(f"{len(fleet.month)} pumps, {fleet.failed.float().mean():.0%} of them failed; {s}")
    for number in range(1, s.passes + 1):
        total, count = 0.0, 0
        for index in torch.randperm(len(fleet.month)).split(s.group):
            group = fleet.rows(index)
            loss = likelihood.loss(net(group), group)
            update.add(loss)
            total, count = total + loss.item(), count + 1
        decay.step()
        print(f"pass {number:2d}  {update.done:4d} updates  loss {total / count:.4f}  "
              f"concordance {concordance_of(net, fleet, likelihood.lifetime):.3f}, later pumps {concordance_of(net, later, likelihood.lifetime):.3f}")


main()
