import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def get_loaders(batch_size, seed):
    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.images, digits.target, test_size=0.25, stratify=digits.target, random_state=seed)
    mean, std = train_x.mean(), train_x.std()

    def dataset(x, y):
        x = torch.tensor((x - mean) / std, dtype=torch.float32).unsqueeze(1)
        return TensorDataset(x, torch.from_numpy(y).long())

    return (DataLoader(dataset(train_x, train_y), batch_size, shuffle=True, drop_last=True),
            DataLoader(dataset(test_x, test_y), 256))
