"""Steam boiler: predict the fuel demand of the next quarter of an hour from the plant's sensors."""
from boiler.loop import Loop
from boiler.readings import load, Quarter

if __name__ == "__main__":
    quarter = Quarter()
    train, val, sensors = load(quarter)
    Loop(quarter, sensors).fit(train, val)
