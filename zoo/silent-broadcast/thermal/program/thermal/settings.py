"""Command-line settings."""
import argparse


def parser():
    p = argparse.ArgumentParser(prog="thermal.fit", description="Fit the heat demand of a set of buildings.")
    data = p.add_argument_group("data")
    data.add_argument("--buildings", type=int, default=12)
    data.add_argument("--hours", type=int, default=240)
    data.add_argument("--test-share", type=float, default=0.2)
    net = p.add_argument_group("network")
    net.add_argument("--width", type=int, default=64)
    net.add_argument("--embedding", type=int, default=6)
    net.add_argument("--dropout", type=float, default=0.05)
    fit = p.add_argument_group("fit")
    fit.add_argument("--loss", choices=["huber", "squares"], default="huber")
    fit.add_argument("--optimizer", choices=["adam", "rmsprop"], default="adam")
    fit.add_argument("--rate", type=float, default=0.006)
    fit.add_argument("--decay", type=float, default=1e-5)
    fit.add_argument("--batch", type=int, default=64)
    fit.add_argument("--epochs", type=int, default=9)
    fit.add_argument("--patience", type=int, default=4)
    p.add_argument("--seed", type=int, default=7)
    return p


def read(argv=None):
    args = parser().parse_args(argv)
    if not 0 < args.test_share < 1:
        raise SystemExit("--test-share must lie between 0 and 1")
    if args.batch < 2:
        raise SystemExit("--batch must be at least 2")
    return args
