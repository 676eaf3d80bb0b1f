"""Scaling of the columns of a table."""
import numpy as np


class Scaler:
    """Centre and spread of columns, taken from one table and used for others.

    Columns that do not change keep their unit.
    """

    def __init__(self, centre, spread):
        self.centre = np.asarray(centre, dtype=np.float64)
        self.spread = np.asarray(spread, dtype=np.float64)

    @classmethod
    def of(cls, table):
        spread = table.std(axis=0)
        return cls(table.mean(axis=0), np.where(spread > 1e-9, spread, 1.0))

    def scale(self, table):
        return (table - self.centre) / self.spread

    def restore(self, table):
        return table * self.spread + self.centre

    def one(self, index):
        """The scaler of a single column."""
        return Scaler(self.centre[index], self.spread[index])

    def state(self):
        return {"centre": self.centre.tolist(), "spread": self.spread.tolist()}

    @classmethod
    def from_state(cls, state):
        return cls(state["centre"], state["spread"])

    def __repr__(self):
        return f"Scaler({len(self.centre)} columns)" if self.centre.ndim else "Scaler(one column)"
