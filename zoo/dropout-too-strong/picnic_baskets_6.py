"""Complete a picnic basket: a denoising autoencoder over sets of goods, trained with negative log likelihood."""
import tomllib
from types import SimpleNamespace

import torch
import torch.nn.functional as F

SETUP = tomllib.loads("""
[shop]
goods = 120
customers = 3000
occasions = 10
basket = 11

[net]
hidden = 16
noise = 0.98  #~ noise = 0.25
inner_noise = 0.04
tied = true
input_power = 0.6          # how far a basket is scaled to unit length

[fit]
epochs = 20
batch = 90
lr = 0.02
alpha = 0.94
momentum = 0.35
weight_decay = 2e-6
hide = 3                   # goods of a held basket that have to be guessed
""")
shop, net_setup, fit_setup = (SimpleNamespace(**SETUP[k]) for k in ("shop", "net", "fit"))


def baskets(n, tastes, g):
    """Each basket is bought for two occasions."""
    pick = torch.stack([torch.randperm(shop.occasions, generator=g)[:2] for _ in range(n)])
    share = 0.3 + 0.4 * torch.rand(n, 1, generator=g)
    odds = share * tastes[pick[:, 0]] + (1 - share) * tastes[pick[:, 1]]
    goods = torch.multinomial(odds, shop.basket, generator=g)
    return torch.zeros(n, shop.goods).scatter_(1, goods, 1.0)


class BasketNet(torch.nn.Module):
    def __init__(self, goods, hidden, noise, inner_noise, tied, input_power):
        super().__init__()
        self.noise, self.inner_noise, self.input_power = noise, inner_noise, input_power
        self.inward = torch.nn.Linear(goods, hidden)
        self.bottle = torch.nn.Linear(hidden, hidden)
        self.back = None if tied else torch.nn.Linear(hidden, goods, bias=False)
        self.popularity = torch.nn.Parameter(torch.zeros(goods))

    def forward(self, basket):
        x = basket / basket.norm(dim=1, keepdim=True).clamp(min=1e-6) ** self.input_power
        x = F.dropout(x, self.noise, self.training)
        h = torch.tanh(self.inward(x))
        h = F.dropout(torch.tanh(self.bottle(h)) + 0.5 * h, self.inner_noise, self.training)
        weight = self.inward.weight.T if self.back is None else self.back.weight
        return F.linear(h, weight, self.popularity)


def multinomial_loss(scores, basket):
    return -(F.log_softmax(scores, dim=1) * basket).sum(1).mean() / shop.basket


def recall(net, seen, wanted, k=5):
    net.eval()
    with torch.no_grad():
        top = net(seen).masked_fill(seen > 0, float("-inf")).topk(k, dim=1).indices
    return (wanted.gather(1, top).sum(1) / wanted.sum(1)).mean().item()


def split_held(held, hide, g):
    lottery = torch.rand(held.shape, generator=g) * held
    hidden = torch.zeros_like(held).scatter_(1, lottery.topk(hide, dim=1).indices, 1.0)
    return held - hidden, hidden


def main():
    torch.manual_seed(70)
    g = torch.Generator().manual_seed(71)
    tastes = torch.distributions.Dirichlet(torch.full((shop.goods,), 0.07)).sample((shop.occasions,)) + 2e-4
    train = baskets(shop.customers, tastes, g)
    seen, wanted = split_held(baskets(600, tastes, g), fit_setup.hide, g)

    net = BasketNet(shop.goods, **vars(net_setup))
    optimizer = torch.optim.RMSprop(net.parameters(), lr=fit_setup.lr, alpha=fit_setup.alpha,
                                    momentum=fit_setup.momentum, weight_decay=fit_setup.weight_decay)
    popular = train.sum(0).expand_as(seen).masked_fill(seen > 0, 0).topk(5, dim=1).indices
    print(f"recall@5 of the most bought goods {(wanted.gather(1, popular).sum(1) / fit_setup.hide).mean():.3f}")

    for epoch in range(1, fit_setup.epochs + 1):
        net.train()
        losses = []
        for basket in train[torch.randperm(len(train), generator=g)].split(fit_setup.batch):
            loss = multinomial_loss(net(basket), basket)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        for group in optimizer.param_groups:
            group["lr"] = fit_setup.lr / (1 + epoch / 5)
        if epoch % 4 == 0:
            print(f"epoch {epoch:2d}  loss {torch.stack(losses).mean():.4f}  recall@5 {recall(net, seen, wanted):.3f}")


main()
