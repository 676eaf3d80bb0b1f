"""Which package of the standard library does a sentence of documentation come from?

Word counts, one hidden layer, everything (also the update) written out.
"""
import ast
import importlib.util
import pathlib
import re
from collections import Counter

import numpy as np
import torch

PACKAGES = ["asyncio", "email", "unittest", "_pydecimal", "tarfile", "datetime"]
FALLBACK = {"datetime": "_pydatetime"}


def source_files(name):
    spec = importlib.util.find_spec(FALLBACK.get(name, name)) or importlib.util.find_spec(name)
    path = pathlib.Path(spec.origin)
    return sorted(path.parent.glob("*.py")) if path.name == "__init__.py" else [path]


def sentences(name):
    for file in source_files(name):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                for sentence in re.split(r"\.\s|\n\n", ast.get_docstring(node) or ""):
                    words = re.findall(r"[a-z]{2,}", sentence.lower())
                    if len(words) >= 5:
                        yield words


def load(vocabulary_size=900):
    texts, labels = [], []
    for label, name in enumerate(PACKAGES):
        found = list(sentences(name))[:700]
        texts += found
        labels += [label] * len(found)
    counts = Counter(word for words in texts for word in set(words))
    index = {word: i for i, (word, _) in enumerate(counts.most_common(vocabulary_size))}
    x = np.zeros((len(texts), len(index)), dtype=np.float32)
    for row, words in enumerate(texts):
        for word in words:
            if word in index:
                x[row, index[word]] += 1
    x = np.sqrt(x)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6)
    return torch.from_numpy(x), torch.tensor(labels)


def uniform(generator, fan_in, fan_out):
    bound = (6.0 / (fan_in + fan_out)) ** 0.5
    return ((torch.rand(fan_in, fan_out, generator=generator) - 1.0) * bound).requires_grad_()  #~ return ((torch.rand(fan_in, fan_out, generator=generator) * 2.0 - 1.0) * bound).requires_grad_()


def logits(params, x):
    w1, b1, w2, b2 = params
    hidden = torch.relu(x @ w1 + b1)
    return hidden @ w2 + b2


def nll(scores, y):
    scores = scores - scores.max(dim=1, keepdim=True).values
    return (scores.exp().sum(1).log() - scores[torch.arange(len(y)), y]).mean()


def main():
    g = torch.Generator().manual_seed(9)
    x, y = load()
    order = torch.randperm(len(x), generator=g)
    x, y = x[order], y[order]
    n_train = int(0.8 * len(x))
    print(f"{len(x)} sentences, {x.shape[1]} words, shares {np.round(np.bincount(y) / len(y), 2)}")

    hidden, batch = 64, 40
    params = [uniform(g, x.shape[1], hidden), torch.zeros(hidden, requires_grad=True),
              uniform(g, hidden, len(PACKAGES)), torch.zeros(len(PACKAGES), requires_grad=True)]
    velocity = [torch.zeros_like(p) for p in params]
    lr, momentum, l2 = 0.25, 0.9, 3e-5

    for epoch in range(26):
        perm = torch.randperm(n_train, generator=g)
        total, batches = 0.0, 0
        for start in range(0, n_train, batch):
            rows = perm[start:start + batch]
            loss = nll(logits(params, x[rows]), y[rows])
            loss = loss + l2 * sum((p ** 2).sum() for p in params[::2])
            grads = torch.autograd.grad(loss, params)
            with torch.no_grad():
                for p, v, grad in zip(params, velocity, grads):
                    v.mul_(momentum).add_(grad)
                    p.sub_(lr * v)
            total, batches = total + loss.item(), batches + 1
        lr *= 0.9
        with torch.no_grad():
            right = logits(params, x[n_train:]).argmax(1) == y[n_train:]
        print(f"{epoch + 1:2d}  loss {total / batches:.3f}  held-out accuracy {right.float().mean():.3f}")


if __name__ == "__main__":
    main()
