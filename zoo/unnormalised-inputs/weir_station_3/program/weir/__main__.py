"""python -m weir [--epochs 12 ...]"""
import torch

from . import baselines, bulletin, features
from .engine import Engine
from .network import FlowNet
from .settings import parse
from .store import open_store


def main(argv=None):
    settings = parse(argv)
    torch.manual_seed(settings.seed)
    store = open_store(settings)
    lags, ahead = settings.lags, settings.ahead
    train = features.build(store.train, store.sensors, lags, ahead)
    check = features.build(store.check, store.sensors, lags, ahead)
    print(f"{len(train[1])} hours to learn from, {len(check[1])} to check, {len(features.names(lags))} features")
    print(f"flow as it is: {baselines.persistence(store.check, lags, ahead):.3f} explained, "
          f"as yesterday: {baselines.yesterday(store.check, lags, ahead):.3f}, "
          f"linear: {baselines.linear(store.train, lags, ahead, store.check):.3f}")

    model = FlowNet(train[0].shape[1], settings.width, settings.depth, settings.mixtures)
    engine = Engine(model, settings, train, check)
    nll, explained, rmse = engine.run()
    print(f"final: nll {nll:.3f}, explained {explained:.3f}, rmse {rmse * float(store.water.spread):.3f} m3/s")
    inside, wide = bulletin.coverage(engine.average.model, engine.vx, engine.vy)
    print(f"80 % intervals hold {inside:.2f} of the hours and are {wide * float(store.water.spread):.2f} m3/s wide")
    found = bulletin.warnings(engine.average.model, engine.vx, engine.vy, limit=1.0)
    print("high water: " + ", ".join(f"{count} {name}" for name, count in found.items()))


if __name__ == "__main__":
    main()
