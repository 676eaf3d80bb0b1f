"""Soil classes from eight field measurements."""
import configparser

import numpy as np
import torch
import torch.nn as nn


def make_network(inputs, hidden, layers, relu_bias, classes):
    modules = []
    for index in range(layers):
        linear = nn.Linear(inputs if index == 0 else hidden, hidden)
        nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        nn.init.constant_(linear.bias, relu_bias)
        modules.append(linear)
        modules.append(nn.ReLU(inplace=True))
    modules.append(nn.Linear(hidden, classes, bias=False))
    nn.init.uniform_(modules[-1].weight, -0.01, 0.01)
    modules.append(nn.LogSoftmax(dim=1))
    return nn.Sequential(*modules)


class Run:
    def __init__(self, path):
        parser = configparser.ConfigParser()
        parser.read(path)
        self.network, self.training = parser["network"], parser["training"]
        torch.manual_seed(14)
        with np.load("soil.npz") as archive:
            x, label = torch.from_numpy(archive["x"]), torch.from_numpy(archive["label"]).long()
        self.train, self.test = (x[:1680], label[:1680]), (x[1680:], label[1680:])
        self.model = make_network(8, self.network.getint("hidden"), self.network.getint("layers"),
                                  self.network.getfloat("relu_bias"), 3)
        self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=self.training.getfloat("rate"), alpha=0.95, eps=1e-6)
        self.loss_fn = nn.CrossEntropyLoss()

    def epoch(self):
        x, label = self.train
        size = self.training.getint("batch")
        total, batches = 0.0, 0
        for rows in torch.arange(len(x)).split(size):
            output = self.model(x[rows])
            loss = self.loss_fn(output, label[rows])
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            total, batches = total + loss.item(), batches + 1
        return total / batches

    def confusion(self):
        x, label = self.test
        with torch.no_grad():
            guess = self.model(x).argmax(1)
        return torch.bincount(label * 3 + guess, minlength=9).view(3, 3)

    def go(self):
        for epoch in range(1, self.training.getint("epochs") + 1):
            loss = self.epoch()
            matrix = self.confusion()
            accuracy = matrix.diagonal().sum().item() / matrix.sum().item()
            print(f"epoch {epoch:2d}  loss {loss:.4f}  test accuracy {accuracy:.3f}")
        print(matrix.tolist())


if __name__ == "__main__":
    Run("soil.ini").go()
