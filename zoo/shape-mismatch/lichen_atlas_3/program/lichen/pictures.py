import numpy as np
import torch
from torch.utils.data import Dataset

FORMS = ("crust", "leaf", "shrub", "powder", "jelly")


class Pictures(Dataset):
    def __init__(self, path, turn=False):
        with np.load(path) as file:
            self.stone = torch.from_numpy(file["stone"]).float().div(255)
            self.form = torch.from_numpy(file["form"].astype(np.int64))
        self.turn = turn

    def __len__(self):
        return len(self.form)

    def __getitem__(self, i):
        stone = self.stone[i]
        if self.turn:
            stone = torch.rot90(stone, int(torch.randint(4, ())), dims=(0, 1))
        return (stone[None] - 0.5) * 4, self.form[i]
