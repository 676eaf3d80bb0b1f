"""``python -m thermal.fit``: fits and reports."""
import torch

from . import baseline, losses, settings, solver
from .dataset import HeatData
from .loop import Fit
from .network import DemandNet


def main(argv=None):
    args = settings.read(argv)
    torch.manual_seed(args.seed)
    data = HeatData(args)
    print(f"{args.buildings} buildings, {len(data.train)} training rows, {len(data.test)} test rows")

    for name, error in baseline.table(data).items():
        print(f"baseline, {name}: mae {error:.2f} kW")

    network = DemandNet(data.train.columns.shape[1], args.buildings, args.width, args.embedding, args.dropout)
    opt = solver.optimizer(network, args)
    fit = Fit(network, losses.choose(args.loss), opt, solver.schedule(opt, args), data, args.patience)
    score = fit.run(args.epochs, args.seed)

    print("mean error by building, kW:")
    for number, error in enumerate(score.by_building()):
        print(f"  {number:2d}  {error:5.2f}")
    print(f"test loss {fit.history.spark('test')}  ({fit.history.last()})")
    overall = score.overall()
    print(f"all buildings: mae {overall['mae']:.2f} kW, r2 {overall['r2']:.3f}")


if __name__ == "__main__":
    main()
