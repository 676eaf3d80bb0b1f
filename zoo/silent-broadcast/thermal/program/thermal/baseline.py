"""What simple rules reach on the same rows."""
import numpy as np


def design(dataset, buildings):
    """Weather columns, and a level for every building."""
    columns = dataset.columns.numpy()
    level = np.eye(buildings, dtype=columns.dtype)[dataset.building.numpy()]
    return np.concatenate([columns, level], axis=1)


def constant(train, test, scale):
    """The mean of each building."""
    building, demand = train.building.numpy(), scale.back(train.demand.numpy())
    means = np.array([demand[building == b].mean() for b in range(building.max() + 1)])
    return np.abs(means[test.building.numpy()] - scale.back(test.demand.numpy())).mean()


def linear(train, test, scale, buildings):
    """Ridge regression in closed form."""
    x, y = design(train, buildings), train.demand.numpy()
    solution = np.linalg.solve(x.T @ x + 1e-3 * np.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    guess = design(test, buildings) @ solution
    return np.abs(scale.back(guess) - scale.back(test.demand.numpy())).mean()


def table(data):
    return {
        "mean of the building": constant(data.train, data.test, data.demand_scale),
        "linear": linear(data.train, data.test, data.demand_scale, data.buildings),
    }
