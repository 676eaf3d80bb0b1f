import argparse


def arguments():
    p = argparse.ArgumentParser("lichen", description="Name the growth form on pictures of stone.")
    p.add_argument("--levels", type=int, nargs="+", default=[1, 2, 3], help="cells a side of every level of the pyramid")
    p.add_argument("--channels", type=int, default=14)
    p.add_argument("--epochs", type=int, default=9)
    p.add_argument("--batch", type=int, default=36)
    p.add_argument("--lr", type=float, default=4e-3)
    p.add_argument("--seed", type=int, default=3)
    return p.parse_args()
