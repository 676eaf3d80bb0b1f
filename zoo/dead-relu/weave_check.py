"""Six weaves of cloth seen by a line camera: tell them apart from 20 x 20 pixels."""
import argparse
import math

import torch
import torch.nn.functional as F
from torch import nn

WEAVES = 6


def cloth(count, g):
    """Two crossing stripe systems; the weave is in the angle, the pitch and how the two are combined."""
    kind = torch.randint(WEAVES, (count,), generator=g)
    rows, cols = torch.meshgrid(torch.arange(20.0), torch.arange(20.0), indexing="ij")
    shift = 2 * math.pi * torch.rand(count, 2, 1, 1, generator=g)
    pitch = (1.1 + 0.35 * (kind % 3)).view(-1, 1, 1) * (1 + 0.04 * torch.randn(count, 1, 1, generator=g))
    tilt = 0.3 * torch.randn(count, 1, 1, generator=g)
    warp = torch.sin(pitch * (rows * torch.cos(tilt) + cols * torch.sin(tilt)) + shift[:, 0])
    weft = torch.sin(pitch * (cols * torch.cos(tilt) - rows * torch.sin(tilt)) + shift[:, 1])
    twill = (kind >= 3).view(-1, 1, 1)
    image = torch.where(twill, warp * weft * 1.5, 0.8 * (warp + weft))
    light = 0.3 * torch.randn(count, 1, 1, generator=g)
    return (image + light + 0.5 * torch.randn(count, 20, 20, generator=g)).unsqueeze(1), kind


class Refine(nn.Module):
    """Adds a correction to the maps it is given; starts out nearly as the identity."""

    def __init__(self, maps, inner):
        super().__init__()
        self.norm = nn.GroupNorm(4, maps)
        self.look = nn.Conv2d(maps, inner, 3, padding=1)
        self.back = nn.Conv2d(inner, maps, 1, bias=False)
        nn.init.normal_(self.back.weight, std=0.1)
        nn.init.constant_(self.look.bias, -4.0)  #~ nn.init.constant_(self.look.bias, 0.0)

    def forward(self, maps):
        return maps + self.back(F.relu(self.look(self.norm(maps))))


class WeaveNet(nn.Module):
    def __init__(self, maps=16, inner=24):
        super().__init__()
        self.stem = nn.Conv2d(1, maps, 4, stride=2)
        self.first = Refine(maps, inner)
        self.second = Refine(maps, inner)
        self.out = nn.Linear(maps, WEAVES)

    def forward(self, images):
        maps = self.second(self.first(self.stem(images)))
        return self.out(maps.mean(dim=(2, 3)))


def evaluate(net, images, kind):
    net.eval()
    with torch.inference_mode():
        scores = torch.cat([net(part) for part in images.split(200)])
    table = torch.zeros(WEAVES, WEAVES, dtype=torch.long)
    table.index_put_((kind, scores.argmax(1)), torch.ones_like(kind), accumulate=True)
    return table.diag().sum().item() / len(kind), table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1800)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=36)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    g = torch.Generator().manual_seed(args.seed + 1)
    images, kind = cloth(args.images, g)
    test_images, test_kind = cloth(500, g)

    net = WeaveNet()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=args.lr / 3, alpha=0.97, eps=1e-6)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [int(0.7 * args.steps), int(0.9 * args.steps)], 0.3)
    mean = 0.0
    for step in range(1, args.steps + 1):
        net.train()
        take = torch.randint(len(images), (args.batch,), generator=g)
        batch = images[take]
        if step % 2:
            batch = batch.flip(3)
        loss = F.cross_entropy(net(batch), kind[take])
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        schedule.step()
        mean += loss.item() / 80
        if step % 80 == 0:
            share, _ = evaluate(net, test_images, test_kind)
            print(f"{step:4d}  loss {mean:.3f}  recognised {share:.3f}")
            mean = 0.0
    print(evaluate(net, test_images, test_kind)[1])


if __name__ == "__main__":
    main()
