"""Default configuration; ``python -m gestures.train key=value ...`` changes it."""
import ast

DEFAULTS = {
    "seed": 60,
    "people": 12,
    "per_gesture": 20,
    "test_people": 2,
    "batch_size": 32,
    "window": 4,
    "channels": 24,
    "dropout": 0.1,
    "lr": 0.05,
    "momentum": 0.9,
    "weight_decay": 1e-3,
    "label_smoothing": 0.02,
    "epochs": 9,
    "augment": True,
}


class Conf(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def read(arguments):
    conf = Conf(DEFAULTS)
    for argument in arguments:
        key, sep, text = argument.partition("=")
        if not sep or key not in conf:
            raise SystemExit(f"unknown setting {argument!r}; known: {', '.join(sorted(conf))}")
        conf[key] = type(conf[key])(ast.literal_eval(text))
    if not 0 < conf.test_people < conf.people:
        raise SystemExit("some people must be left to learn from, and some to test on")
    if conf.window < 1 or conf.batch_size < 2:
        raise SystemExit("window and batch_size are too small")
    return conf
