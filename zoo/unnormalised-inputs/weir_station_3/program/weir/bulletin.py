"""What the keeper of the weir sees: intervals for the flow and warnings of high water."""
import math

import torch


@torch.no_grad()
def distribution(model, x, points):
    """Probability that the flow (scaled) is below each of the points: (rows, points)."""
    log_weight, mean, log_spread = model(x)
    z = (points[None, None, :] - mean[:, :, None]) * torch.exp(-log_spread)[:, :, None]
    below = 0.5 * (1 + torch.erf(z / math.sqrt(2)))
    return (log_weight.exp()[:, :, None] * below).sum(1)


def quantiles(model, x, shares, grid=241, span=5.0):
    """Flow that is not exceeded with the given probabilities, read off a grid."""
    points = torch.linspace(-span, span, grid)
    below = distribution(model, x, points)
    found = [torch.searchsorted(below.contiguous(), torch.full((len(x), 1), share)) for share in shares]
    return torch.cat([points[index.clamp(max=grid - 1)] for index in found], dim=1)


def coverage(model, x, y, share=0.8):
    """How often the flow lies within the middle interval, and how wide that is."""
    low, high = quantiles(model, x, [(1 - share) / 2, (1 + share) / 2]).unbind(1)
    inside = ((y >= low) & (y <= high)).float().mean().item()
    return inside, (high - low).mean().item()


def warnings(model, x, y, limit, sure=0.5):
    """Hits, misses and false alarms when a warning is given above a probability."""
    chance = 1 - distribution(model, x, torch.tensor([limit])).squeeze(1)
    given, high = chance > sure, y > limit
    return {
        "hits": int((given & high).sum()),
        "misses": int((~given & high).sum()),
        "false alarms": int((given & ~high).sum()),
    }
