"""Forecasts without a network, for comparison."""
import numpy as np


def explained(guess, truth):
    return 1 - float(np.mean((guess - truth) ** 2) / truth.var())


def persistence(part, lags, ahead):
    """The flow stays as it is."""
    flow = part.flow[lags:]
    return explained(flow[:-ahead], flow[ahead:])


def linear(part, lags, ahead, check):
    """Least squares on the readings of the hour."""
    def design(p):
        rows = p.readings[lags:][:-ahead]
        return np.concatenate([rows, np.ones((len(rows), 1))], axis=1), p.flow[lags:][ahead:]

    x, y = design(part)
    coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
    vx, vy = design(check)
    return explained(vx @ coefficients, vy)


def yesterday(part, lags, ahead, day=24):
    """The flow changes as it did at the same hour of the day before."""
    flow = part.flow[lags:]
    now, truth = flow[:-ahead], flow[ahead:]
    before, after = now[:-day], truth[:-day]
    guess = now[day:] + 0.1 * (after - before)
    return explained(guess, truth[day:])
