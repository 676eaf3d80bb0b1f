import torch

from .namer import Namer
from .parser import arguments
from .pictures import Pictures
from .season import Season

args = arguments()
torch.manual_seed(args.seed)
season = Season(Namer(args.channels, args.levels), Pictures("stones.npz", turn=True), Pictures("other_stones.npz"), args)
for number in range(args.epochs):
    season.epoch()
    season.book.close(f"epoch {number + 1}/{args.epochs}")
