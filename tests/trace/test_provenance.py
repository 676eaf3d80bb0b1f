"""The backward slice over small programs: each line that matters carries a mark, `#a` nearest to the use."""

from __future__ import annotations

import ast
import random
import re
import sysconfig
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from unstuck.facts import Place
from unstuck.trace.provenance import Origins, Slice, best, walk
from unstuck.trace.provenance.files import Project
from unstuck.trace.provenance.forgotten import forgotten
from unstuck.trace.provenance.switches import switches
from unstuck.trace.provenance.values import EACH, Demand, Part
from unstuck.trace.provenance.world import World
from unstuck.trace.summaries import Batches

HEADER = "import numpy as np, torch, random, json, csv, os, functools; import torch.nn.functional as F; from torch import nn\n"


class Program:
    """A program of one or more files, sliced from the first call of a name in its first file."""

    def __init__(self, folder: Path, files: str | Mapping[str, str]) -> None:
        self.texts = {"train.py": files} if isinstance(files, str) else dict(files)
        for name, text in self.texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(HEADER + textwrap.dedent(text))
        self.folder = folder
        self.first = next(iter(self.texts))
        self.world = World(Project([str(folder / self.first)]))

    def slice(self, part: Part = (EACH, 0), use: str = "DataLoader") -> Slice:
        file = self.world.project.file(str(self.folder / self.first))
        assert file is not None
        call = file.calls[use][0]
        node: ast.AST = call
        if use == "use":
            node, part = call.args[0], ()
        return walk(self.world, Demand(node, self.world.scope_of(file, node), part))

    def mark(self, place: Place) -> str:
        """The mark on a line, empty where there is none."""
        line = Path(place.path).read_text().splitlines()[place.line - 1]
        found = re.search(r"#(\w+)\s*$", line)
        return found[1] if found else ""

    def marks(self, slice_: Slice, side: str = "value") -> str:
        """The marks that the slice comes by, each once, in its order."""
        seen = dict.fromkeys(self.mark(s.place) for s in slice_.steps if s.side == side)
        return "".join(m for m in seen if m)

    def kinds(self, slice_: Slice) -> dict[str, set[str]]:
        """The kinds of operation by mark."""
        found: dict[str, set[str]] = {}
        for step in slice_.steps:
            found.setdefault(self.mark(step.place), set()).add(step.kind)
        return found


def marks(folder: Path, files: str | Mapping[str, str], part: Part = (EACH, 0), use: str = "DataLoader") -> str:
    program = Program(folder, files)
    return program.marks(program.slice(part, use))


# -- constructs ------------------------------------------------------------------------------------------------------------


def test_tensor_dataset_follows_each_part_on_its_own(tmp_path: Path) -> None:
    text = """
        x = np.load("x.npy")  #d
        y = np.load("y.npy")  #e
        x = x / 255  #c
        dataset = TensorDataset(  #b
            torch.tensor(x), torch.tensor(y))
        loader = DataLoader(dataset, batch_size=4)  #a
    """
    assert marks(tmp_path, text) == "abcd"
    assert marks(tmp_path, text, (EACH, 1)) == "abe"


def test_kinds(tmp_path: Path) -> None:
    program = Program(
        tmp_path,
        """
        raw = np.loadtxt("t.csv")  #e
        kept = raw[raw[:, 0] > 0]  #d
        x = torch.tensor(kept)  #c
        x = x - 3.0  #b
        loader = DataLoader(TensorDataset(x), 4)  #a
        """,
    )
    kinds = program.kinds(program.slice())
    assert [kinds[m] for m in "abcde"] == [{"draws", "other"}, {"scales"}, {"converts"}, {"selects"}, {"reads"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("augmented", "x = load()  #b\nx /= 255.0  #a\nuse(x)"),
        ("in place", "x = torch.rand(3)  #b\nx.div_(255)  #a\nuse(x)"),
        ("out=", "x = np.load('a')  #b\nnp.divide(x, 255, out=x)  #a\nuse(x)"),
        ("walrus", "if (x := np.load('a')) is not None:  #a\n    use(x)"),
        ("starred target", "a, *rest = np.load('a')  #a\nuse(rest)"),
        ("nested target", "(a, (b, c)), d = np.load('p'), np.load('q')  #a\nuse(b)"),
        ("with", "with open('a') as f:  #b\n    text = f.read()  #a\nuse(text)"),
        ("with, used after", "with np.load('a') as z:  #b\n    x = z['k']  #a\nuse(x)"),
        ("for", "for line in open('a'):  #b\n    use(float(line))  #a"),
        ("for with else", "x = np.load('p')  #b\nfor i in q:\n    pass\nelse:\n    x = x * 2  #a\nuse(x)"),
        ("loop-carried", "x = np.load('p')  #b\nfor i in q:\n    use(x)\n    x = x / 2  #a"),
        ("append", "rows = []\nfor line in open('a'):  #b\n    rows.append(float(line))  #a\nuse(rows)"),
        ("extend", "rows = []\nrows.extend(np.load('a'))  #a\nuse(rows)"),
        ("insert", "rows = []\nrows.insert(0, np.load('a'))  #a\nuse(rows)"),
        ("setitem", "d = {}\nd['k'] = np.load('a')  #a\nuse(d['k'])"),
        ("nested setitem", "d = {}\nd['k']['j'] = np.load('a')  #a\nuse(d['k']['j'])"),
        ("append under a key", "d = {}\nd['k'].append(np.load('a'))  #a\nuse(d['k'])"),
        ("comprehension", "use([float(line) for line in open('a')])  #a"),
        ("nested comprehension", "t = [[float(c) for c in row] for row in csv.reader(open('a'))]  #a\nuse(t)"),
        ("dict comprehension", "d = {k: np.load(k) for k in ks}  #a\nuse(d['x'])"),
        ("generator", "def g():\n    for line in open('a'):  #b\n        yield float(line)  #a\nfor v in g():\n    use(v)"),
        ("yield from", "def g():\n    yield from np.load('a')  #a\nfor v in g():\n    use(v)"),
        ("lambda", "f = lambda v: v / 255  #b\nuse(f(np.load('p')))  #a"),
        ("lambda in a dict", "fs = {'n': lambda v: v / 255}  #b\nuse(fs['n'](np.load('p')))  #a"),
        ("partial", "def f(v, by):\n    return v / by  #b\ng = functools.partial(f, by=3)\nuse(g(np.load('p')))  #a"),
        ("default", "def f(v=np.load('a')):  #a\n    return v\nuse(f())"),
        ("keyword", "def f(a, *, v):\n    return v * 2  #b\nuse(f(1, v=np.load('p')))  #a"),
        ("star arguments", "def f(*vs):\n    return vs[1]  #b\nuse(f(np.load('p'), torch.load('q')))  #a"),
        ("star call", "def f(a, b):\n    return b * 1.5  #a\npair = np.load('p'), np.load('q')  #b\nuse(f(*pair))"),
        ("double star", "def f(**kw):\n    return kw['v']  #b\nuse(f(v=np.load('p')))  #a"),
        ("conditional", "x = np.load('p') / 2 if a else np.load('q')  #a\nuse(x)"),
        ("branches", "if a:\n    x = np.load('p')  #b\nelse:\n    x = torch.load('q')  #a\nuse(x)"),
        ("try", "try:\n    x = np.load('p')  #b\nexcept OSError:\n    x = torch.rand(3)  #a\nuse(x)"),
        ("constant of the module", "M = np.load('m')  #a\ndef f():\n    use(M)"),
        ("closure", "def outer():\n    m = np.load('m')  #a\n    def inner():\n        use(m)\n    return inner"),
        ("dict entry", "c = {'x': np.load('p'), 'y': np.load('q')}  #a\nuse(c['x'])"),
        ("get", "c = dict(x=np.load('p'))  #a\nuse(c.get('x'))"),
        ("items", "for k, v in {'a': np.load('p')}.items():  #a\n    use(v)"),
        ("zip", "a = np.load('p')  #b\nfor u, v in zip(a, q):  #a\n    use(u)"),
        ("enumerate", "a = np.load('p')  #b\nfor i, v in enumerate(a):  #a\n    use(v)"),
        ("map", "def f(s):\n    return float(s) / 2  #b\nuse(list(map(f, open('p'))))  #a"),
        ("next(iter())", "it = iter(np.load('p'))  #a\nuse(next(it))"),
        ("method of a value", "x = np.load('p').astype('float32')  #a\nuse(x)"),
        ("attribute of a value", "b = load_digits()  #b\nuse(b.images)  #a"),
        ("shadowed", "x = np.load('p')\nx = torch.rand(3)  #a\nuse(x)"),
        ("recursive", "def f(v, n):\n    return v if n == 0 else f(v / 2, n - 1)  #b\nuse(f(np.load('p'), 3))  #a"),
        ("class attribute", "class C:\n    x = np.load('p')  #a\nuse(C.x)"),
        ("property", "class C:\n    @property\n    def x(self):\n        return np.load('p')  #a\nuse(C().x)"),
        ("classmethod", "class C:\n    def __init__(self, x):\n        self.x = x * 2  #a\n    @classmethod\n"
         "    def make(cls):\n        return cls(np.load('p'))  #b\nuse(C.make().x)"),
        ("staticmethod", "class C:\n    @staticmethod\n    def f(x):\n        return x * 2  #b\nuse(C.f(np.load('p')))  #a"),
        ("dataclass", "@dataclass\nclass C:\n    n: int\n    x: object\nc = C(1, np.load('p'))  #a\nuse(c.x)"),
        ("inherited", "class A:\n    def __init__(self, x):\n        self.x = x * 2  #a\nclass B(A):\n    pass\n"
         "use(B(np.load('p')).x)  #b"),
        ("set by another method", "class C:\n    def __init__(self):\n        self.x = None\n    def read(self):\n"
         "        self.x = np.load('p')  #a\nc = C()\nc.read()\nuse(c.x)"),
        ("async", "async def f():\n    return np.load('p')  #a\nasync def main():\n    use(await f())"),
        ("vocabulary", "vocab = {w: i for i, w in enumerate(ws)}\nwords = open('t').read()  #b\nuse([vocab[w] for w in words])  #a"),
        ("match", "match a:\n    case 1:\n        x = np.load('p')  #a\n    case _:\n        x = None\nuse(x)"),
        ("line of the operation", "x = np.load('p')  #b\nx = (\n    x\n    / 255.0  #z\n)\nuse(x)"),
    ],
)  # fmt: skip
def test_construct(tmp_path: Path, name: str, text: str) -> None:
    found = Program(tmp_path, text)
    wanted = sorted(set(re.findall(r"#([a-y])$", text, re.MULTILINE)))
    seen = found.marks(found.slice((), "use"))
    assert [m for m in seen if m != "z"] == wanted, seen


def test_a_call_over_several_lines_points_at_the_line_of_the_operation(tmp_path: Path) -> None:
    text = """
        x = (
            np.load("p")  #c
            .astype("float32")  #b
            [::2]
        )
        x = torch.stack(
            [
                x / 255,  #a
            ]
        )
        use(x)
    """
    assert marks(tmp_path, text, (), "use") == "abc"


DATASET = """
    class Digits(Dataset):
        def __init__(self, folder, transform=None):
            self.images = np.load(folder + "/x.npy")  #d
            self.labels = np.load(folder + "/y.npy")  #e
            self.transform = transform

        def __len__(self):
            return len(self.images)

        def __getitem__(self, i):
            image, label = self.images[i], self.labels[i]  #c
            return self.transform(image), label  #b

    def scale(image):
        return image / 16  #s

    loader = DataLoader(Digits("here", scale), 32)  #a
"""


def test_dataset_class_with_a_transform(tmp_path: Path) -> None:
    assert marks(tmp_path, DATASET) == "abscd"
    assert marks(tmp_path, DATASET, (EACH, 1)) == "ace"


def test_composed_transforms_of_the_user(tmp_path: Path) -> None:
    text = """
        class Compose:
            def __init__(self, *steps):
                self.steps = steps
            def __call__(self, x):
                for step in self.steps:
                    x = step(x)
                return x
        class Shift:
            def __init__(self, by):
                self.by = by
            def __call__(self, x):
                return x - self.by  #s
        def divide(x):
            return x / 16  #d
        class Data(Dataset):
            def __init__(self, t):
                self.t = t
            def __getitem__(self, i):
                return self.t(np.load(i))  #r
        both = Compose(divide, Shift(127.5))  #n
        loader = DataLoader(Data(both), 32)
    """
    program = Program(tmp_path, text)
    slice_ = program.slice((EACH,))
    assert [m for m in program.marks(slice_) if m in "nsd"] == ["n", "s", "d"]
    first, related = best(slice_, "small")
    assert program.mark(first) == "n"
    assert [program.mark(p) for p in related][:2] == ["s", "d"]


def test_transforms_of_a_library(tmp_path: Path) -> None:
    text = """
        steps = [
            transforms.ToTensor(),  #c
            transforms.Normalize((0.1,), (0.3,)),  #b
        ]
        data = datasets.MNIST("here", train=True, transform=transforms.Compose(steps))  #d
        loader = DataLoader(data, 32)  #a
    """
    assert marks(tmp_path, text) == "abcd"
    assert marks(tmp_path, text, (EACH, 1)) == "ad"


def test_dict_batches_collate_and_wrapped_datasets(tmp_path: Path) -> None:
    text = """
        def collate(items):
            pixels = torch.stack([item["pixels"] for item in items])  #b
            return {"pixels": pixels, "label": torch.tensor([item["label"] for item in items])}  #z
        class Base:
            def __getitem__(self, i):
                return {"pixels": np.load(i), "label": torch.load(i)}  #d
        class Wrapper:
            def __init__(self, inner):
                self.inner = inner
            def __getitem__(self, i):
                item = self.inner[i]  #c
                return item
        loader = DataLoader(Subset(Wrapper(Base()), range(9)), 4, collate_fn=collate)  #a
    """
    assert [m for m in marks(tmp_path, text, (EACH, "pixels")) if m != "z"] == list("abcd")
    assert "z" in marks(tmp_path, text, (EACH, "label"))
    assert "b" not in marks(tmp_path, text, (EACH, "label"))


def test_zip_star_in_collate(tmp_path: Path) -> None:
    text = """
        def collate(batch):
            texts, labels = zip(*batch)  #b
            return pad_sequence(texts), torch.tensor(labels)  #a
        rows = []
        rows.append((np.load("p"), torch.load("q")))  #c
        loader = DataLoader(rows, 4, collate_fn=collate)
    """
    program = Program(tmp_path, text)
    reads = [s.node for s in program.slice((EACH, 0)).way if s.kind == "reads"]
    assert [ast.unparse(n) for n in reads] == ["np.load('p')"]
    reads = [s.node for s in program.slice((EACH, 1)).way if s.kind == "reads"]
    assert [ast.unparse(n) for n in reads] == ["torch.load('q')"]


def test_subclass_of_a_library_dataset(tmp_path: Path) -> None:
    text = """
        class Pairs(TensorDataset):
            def __init__(self, path):
                x = np.load(path) / 2  #b
                super().__init__(x, torch.load(path))  #z
        loader = DataLoader(Pairs("p"), 4)  #a
    """
    assert [m for m in marks(tmp_path, text) if m != "z"] == ["a", "b"]


def test_iterable_dataset(tmp_path: Path) -> None:
    text = """
        class Stream(IterableDataset):
            def __init__(self, path):
                self.path = path
            def __iter__(self):  #b
                for line in open(self.path):  #d
                    yield float(line), 0  #c
        loader = DataLoader(Stream("p"), 4)  #a
    """
    assert set(marks(tmp_path, text)) == set("abcd")


def test_split_helpers(tmp_path: Path) -> None:
    text = """
        x, y = np.load("x"), np.load("y")  #d
        xt, xv, yt, yv = train_test_split(x, y, test_size=0.2)  #c
        train, val = random_split(TensorDataset(xt, yt), [8, 2])  #b
        loader = DataLoader(train, 4)  #a
    """
    assert marks(tmp_path, text) == "abcd"
    assert marks(tmp_path, text, (EACH, 1)) == "abcd"


# -- files -----------------------------------------------------------------------------------------------------------------


def test_over_the_files_of_a_package(tmp_path: Path) -> None:
    files = {
        "main.py": "from pkg import data\nfrom pkg.make import loaders\ntrain, val = loaders('p')\nfor x, y in train: use(x)",
        "pkg/__init__.py": "from .data import read",
        "pkg/data.py": "import numpy as np\nSCALE = 255\ndef read(path):\n    return np.load(path) / SCALE  #c\n",
        "pkg/make.py": (
            "from . import data\nfrom .data import read as get\n"
            "def loaders(path):\n    x = get(path)  #b\n    return DataLoader(TensorDataset(x), 4), 0  #a\n"
        ),
    }
    assert marks(tmp_path, files, (), "use") == "abc"


def test_from_a_module_to_its_importer(tmp_path: Path) -> None:
    """The loader is built in one file from what the other hands over."""
    files = {
        "data.py": "def make(x, y):\n    return DataLoader(TensorDataset(x, y), 4)  #a\n",
        "train.py": "import data\nx = np.load('p')  #b\nloader = data.make(x, torch.load('q'))\n",
    }
    program = Program(tmp_path, files)
    reads = [s for s in program.slice().way if s.kind == "reads"]
    assert [program.mark(s.place) for s in reads] == ["b"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"def (:\n", b"", "x = 'é'".encode("latin-1")])
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.py").write_bytes(content)
    text = "import data, gone\nfrom data import x\nfrom gone import y\nuse(x + y + data.z + gone.z)\n"
    assert marks(tmp_path, text, (), "use") == ""


def test_nothing_is_executed(tmp_path: Path) -> None:
    text = f"open({str(tmp_path / 'made')!r}, 'w').write('x')\nuse(open('q').read())\n"
    Program(tmp_path, text).slice((), "use")
    assert not (tmp_path / "made").exists()


# -- which line ------------------------------------------------------------------------------------------------------------


def chosen(folder: Path, text: str, purpose: Any, part: Part = (EACH, 0), **more: Any) -> str:
    """The mark of the first place."""
    program = Program(folder, text)
    slice_ = program.slice(part)
    slice_ = with_what_is_beside(program, slice_)
    if purpose == "pairing":
        more["other"] = program.slice((EACH, 0))
        slice_ = program.slice((EACH, 1))
    return program.mark(best(slice_, purpose, **more)[0])


def with_what_is_beside(program: Program, slice_: Slice) -> Slice:
    return replace(slice_, steps=(*switches(program.world, slice_), *forgotten(slice_), *slice_.steps))


def pairs(body: str) -> str:
    return f"x = np.load('x')  #rx\ny = np.load('y')  #ry\n{body}\nloader = DataLoader(TensorDataset(x, y), 4)\n"


@pytest.mark.parametrize(
    ("name", "body", "wanted"),
    [
        ("only the labels are shuffled", "y = y[torch.randperm(len(y))]  #w\nx, y = x[5:], y[5:]", "w"),
        ("apart", "x, y = shuffle(x, random_state=0), 1\ny = shuffle(np.load('y'), random_state=1)  #w", "w"),
        ("both by one order", "order = torch.randperm(9)\nx = x[order]\ny = y[order]", "ry"),
        ("two orders of one name", "order = torch.randperm(9)\nx = x[order]\norder = torch.randperm(9)\ny = y[order]  #w", "w"),
        ("only the labels are sorted", "y = np.sort(y)  #w", "w"),
        ("sorted in place", "y.sort()  #w\nx = x / 2", "w"),
        ("shuffled in place", "random.shuffle(y)  #w\nx = x / 2", "w"),
        ("shifted", "x = x[:9]\ny = y[1:]  #w", "w"),
        ("only the inputs are sorted", "x = x[np.argsort(x[:, 0])]\ny = y[:, 0]  #w", "w"),
        ("filtered", "y = [v for v in y if v > 0]  #w", "w"),
        ("put under a condition", "ys = []\nfor v in y:\n    if v > 0:  #w\n        ys.append(v)\ny = ys", "w"),
        ("behind a guard", "ys = []\nfor v in y:\n    if not v:  #w\n        continue\n    ys.append(v)\ny = ys", "w"),
        ("both under one", "a, b = [], []\nfor u, v in zip(x, y):\n    if v:\n        a.append(u)\n        b.append(v)\nx, y = a, b", "ry"),
        ("a part is reversed", "y[3:6] = y[3:6][::-1]  #w", "w"),
        ("a part is shifted", "y[3:] = np.roll(y[3:], 1)  #w", "w"),
        ("joined in one call", "x, p, y, q = train_test_split(x, y)", "ry"),
        ("a helper that draws", "def mix(v):\n    return v[torch.randperm(len(v))]  #w\nx, y = mix(x), mix(y)", "w"),
        ("a helper that does not", "def cut(v):\n    keep = torch.arange(9) > 3\n    return v[keep]\nx, y = cut(x), cut(y)", "ry"),
        ("a helper with a seed",
         "def mix(v):\n    g = np.random.default_rng(0)\n    return v[g.permutation(9)]\nx, y = mix(x), mix(y)", "ry"),
        ("seeded alike", "x = shuffle(x, random_state=0)\ny = shuffle(y, random_state=0)", "ry"),
        ("seeded before", "random.seed(0)\nrandom.shuffle(x)\nrandom.seed(0)\nrandom.shuffle(y)", "ry"),
    ],
)  # fmt: skip
def test_pairing(tmp_path: Path, name: str, body: str, wanted: str) -> None:
    assert chosen(tmp_path, pairs(body), "pairing") == wanted


def test_pairing_in_one_data_set_class(tmp_path: Path) -> None:
    text = """
        class D(Dataset):
            def __init__(self, path):
                self.names = sorted(os.listdir(path))  #w
                self.x = [np.load(n) for n in os.listdir(path)]
            def __getitem__(self, i):
                return self.x[i], self.names[i]
        loader = DataLoader(D("p"), 4)
    """
    assert chosen(tmp_path, textwrap.dedent(text), "pairing") == "w"


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("the conversion", "x = np.load('p')\nx = torch.tensor(x, dtype=torch.float32)  #w\nx = x.unsqueeze(1)", "w"),
        ("to float in the class", "x = [v.float() for v in np.load('p')]  #w", "w"),
        ("not the wrapping", "x = np.load('p')\nx = x.astype(np.float32)  #w\nx = torch.from_numpy(x)", "w"),
        ("the reading", "x = np.load('p')  #w", "w"),
        (
            "a scaling of no use",
            "x = np.load('p')\nx = x - x.mean()  #w\nx = torch.tensor(x, dtype=torch.float32)",
            "w",
        ),
        ("a scaling that is lost", "x = torch.load('p').float()\nx / 255  #w\nx = x[5:]", "w"),
        ("a method that is lost", "x = torch.load('p').float()\nx.div(255)  #w\nx = x[5:]", "w"),
        (
            "statistics that nobody uses",
            "x = np.load('p').astype('float32')\nmean, std = x.mean(0), x.std(0)\nx = torch.from_numpy(x)  #w",
            "w",
        ),
        (
            "a scaler that was only fitted",
            "x = np.load('p').astype('float32')\nscaler = StandardScaler().fit(x)\nx = x[5:]  #w",
            "w",
        ),
        (
            "only the other part is scaled",
            "x = np.load('p').astype('float32')\nx, v = x[5:], x[:5]\nmean = x.mean()\nx, v = x, v - mean  #w",
            "w",
        ),
        (
            "not beside scaled labels",
            "x = torch.load('p').float()  #w\ny = np.load('q')\nm = y.mean()\nx, y = x, y - m",
            "w",
        ),
        ("not how data are made", "x = rng.normal(0, 1, 9) * 200 + 3\nx = torch.tensor(x).float()  #w", "w"),
    ],
)
def test_unscaled(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    assert chosen(tmp_path, f"{text}\nloader = DataLoader(TensorDataset(x), 4)\n", "unscaled") == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("the nearest", "x = np.load('p') / 255\nx = x / 255  #w\nx = torch.tensor(x)", "w"),
        ("a function's number", "def f(v, by):\n    return v / by\nx = f(np.load('p'), 255.0 * 255)  #w", "w"),
        (
            "a configuration's",
            "@dataclass\nclass C:\n    top: float = 1.0\nc = C(top=9e3)  #w\nx = np.load('p') / c.top",
            "w",
        ),
        (
            "an option's",
            "p.add_argument('--top', default=9e3)  #w\nargs = p.parse_args()\nx = np.load('p') / args.top",
            "w",
        ),
        ("a constant's, where it is the only one", "TOP = 9e3  #w\nx = np.load('p') / TOP", "w"),
        ("not a constant's, where it is one of two", "TOP = 9e3\nx = np.load('p') / 16\nx = x / TOP  #w", "w"),
        ("not a path", "x = np.load(Path('a') / 'b') * 1e-4  #w", "w"),
        ("a scaler", "x = StandardScaler().fit_transform(np.load('p'))  #w\nx = torch.tensor(x)", "w"),
        ("a scaler's transform", "s = MinMaxScaler()\ns.fit(z)\nx = s.transform(np.load('p'))  #w", "w"),
        ("in the loop", "x = torch.rand(9)\nx *= 1e-4  #w", "w"),
    ],
)
def test_small(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    assert chosen(tmp_path, f"{text}\nloader = DataLoader(TensorDataset(x), 4)\n", "small") == wanted


@pytest.mark.parametrize(
    ("name", "text", "every_row", "wanted"),
    [
        ("the file", "x = np.load('p')  #w\nx = torch.tensor(x) / 255", False, "w"),
        ("a logarithm", "x = np.load('p')\nx = np.log(x)  #w\nx = x / 255", False, "w"),
        ("a ratio", "x = np.load('p')\nx = x / x[:, :1]  #w", False, "w"),
        ("a spread of zero", "x = load_digits().data\nx = (x - x.mean(0)) / x.std(0)  #w", True, "w"),
        ("not a spread, for single rows", "x = np.load('p')  #w\nx = (x - x.mean(0)) / x.std(0)", False, "w"),
        ("the handle of a file", "with open('p') as f:\n    x = [json.loads(s) for s in f]  #w", False, "w"),
    ],
)
def test_values(tmp_path: Path, name: str, text: str, every_row: bool, wanted: str) -> None:
    text = f"{text}\nloader = DataLoader(TensorDataset(x), 4)\n"
    assert chosen(tmp_path, text, "values", every_row=every_row) == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("the loader", "x = torch.load('p')\nloader = DataLoader(TensorDataset(x), 4)  #w", "w"),
        ("the sampler", "d = TensorDataset(torch.load('p'))\ns = SequentialSampler(d)  #w\nloader = DataLoader(d, sampler=s)", "w"),
        ("an argument", "def make(d, shuffle):\n    return DataLoader(d, shuffle=shuffle)\nloader = make(np.load('p'), False)  #w", "w"),
        ("a default", "def make(d, shuffle=False):\n    return DataLoader(d, shuffle=shuffle)\nloader = make(np.load('p'))  #w", "w"),
        ("a field", "@dataclass\nclass C:\n    shuffle: bool = False  #w\nc = C()\nloader = DataLoader(d, shuffle=c.shuffle)", "w"),
        ("a stream", "class S:\n    def __iter__(self):\n        for i in range(9):  #w\n            yield x[i]\n"
         "loader = DataLoader(S())", "w"),
    ],
)  # fmt: skip
def test_order_of_a_loader(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    program = Program(tmp_path, text)
    start = _loop_or_loader(program)
    slice_ = walk(program.world, start)
    slice_ = with_what_is_beside(program, slice_)
    assert program.mark(best(slice_, "order")[0]) == wanted


def _loop_or_loader(program: Program) -> Demand:
    """The last statement's value: where a loader is bound to a name."""
    file = program.world.project.file(str(program.folder / program.first))
    assert file is not None
    statement = file.tree.body[-1]
    assert isinstance(statement, ast.Assign)
    return Demand(statement.value, program.world.module(file), (EACH, 0))


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("arange", "order = torch.arange(9)  #w\nfor s in range(0, 9, 3):\n    rows = order[s : s + 3]\n    use(x[rows])", "w"),
        ("the loop", "for s in range(0, 9, 3):  #w\n    use(x[s : s + 3])", "w"),
        ("sorted", "order = rng.permutation(9)\norder.sort()  #w\nfor i in order:\n    use(x[i])", "w"),
        ("stored batches", "batches = [x[i : i + 3] for i in js]\nfor b in batches:  #w\n    use(b)", "w"),
        ("a switch of a generator",
         "def go(x, shuffle=False):\n    order = np.arange(9)\n    if shuffle:\n        np.random.shuffle(order)\n"
         "    for i in order:\n        yield x[i]\nfor b in go(x):  #w\n    use(b)", "w"),
    ],
)  # fmt: skip
def test_order_of_a_loop(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    program = Program(tmp_path, f"x = np.load('p')\n{text}\n")
    slice_ = program.slice((), "use")
    slice_ = with_what_is_beside(program, slice_)
    assert program.mark(best(slice_, "order")[0]) == wanted


def test_related_are_at_most_four_other_lines(tmp_path: Path) -> None:
    program = Program(tmp_path, pairs("x = x / 2\nx = x / 3\nx = x / 4\nx = x / 5\nx = x / 6\nx = x / 7"))
    first, related = best(program.slice(), "small")
    lines = [first.line, *(p.line for p in related)]
    assert lines == [9, 8, 7, 6, 5]


def test_an_empty_slice_names_no_file() -> None:
    assert best(Slice(), "values") == (Place(path=""), ())


# -- from a record ---------------------------------------------------------------------------------------------------------


def leaf(source: str, **more: Any) -> dict[str, Any]:
    return {"source": source, "loader": -1, "path": [], "target": None, **more}


def summary(of: dict[str, Any], *roles: str) -> dict[str, Any]:
    numbers = {"rows": 4, "non_finite": 0, "mean": 0.0, "std": 1.0, "min": 0.0, "max": 1.0}
    return {"leaf": of, "dtype": "torch.float32", "shape": [4, 2], "roles": list(roles), "batches": [numbers]}


LOOP = """\
x = np.load("x")
y = np.load("y")[::-1]
net = nn.Sequential(nn.Linear(2, 1))
for step in range(9):
    out = net(x)
    loss = F.mse_loss(out, y)
    loss.backward()
"""


def test_full_batches_are_found_from_the_loss(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(LOOP)
    site = [str(path), 6, 11, 29]
    target = {"function": "mse_loss", "module": None, "site": site}
    record = {
        "data": [
            summary(leaf("forward", path=[0]), "input"),
            summary(leaf("argument", path=[1], target=target), "target"),
        ],
        "losses": {"calls": [{"target": target, "site": site}]},
        "curve": {"channels": [f"{path}:7"], "which": [0]},
        "loaders": [],
    }
    origins = Origins.read(record)
    inputs, labels = Batches.read(record["data"]).leaves
    assert origins.place_of(inputs, "values").line == 1
    assert origins.place_of(labels, "pairing").line == 2
    assert origins.place_of(labels, "pairing").path == str(path)


LOADER = """\
def make(path, size):
    x = np.load(path)
    return DataLoader(x, size)
val = make("v", 9)
train = make("t", 3)
for batch in train:
    loss = net(batch)
    loss.backward()
"""


def test_a_loader_is_found_by_its_record_or_by_its_loop(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(LOADER)
    site = [str(path), 3, 11, 30]
    curve = {"channels": [f"{path}:8"], "which": [0]}
    of = leaf("loader", loader=1)
    known = [{"ordinal": i, "site": site, "dataset_site": None} for i in (0, 1)]
    for loaders in ([], known):
        record = {"data": [summary(of, "input")], "loaders": loaders, "curve": curve}
        origins = Origins.read(record)
        (inputs,) = Batches.read(record["data"]).leaves
        steps = origins.slice_of(inputs).way
        called = [s.place.line for s in steps if "enters" in s.tags]
        assert origins.place_of(inputs, "values").line == 2
        assert 4 not in called


@pytest.mark.parametrize("recorded", [True, False])
def test_a_trainer_of_a_library_is_given_the_data_set(tmp_path: Path, recorded: bool) -> None:
    path = tmp_path / "train.py"
    path.write_text("rows = [{'ids': np.load('p')}]\ntrainer = Trainer(net, train_dataset=rows)\ntrainer.train()\n")
    loaders = [{"ordinal": 0, "site": [str(path), 3, 0, 15], "dataset_site": None}]
    record = {
        "data": [summary(leaf("loader", loader=0, path=["ids"]), "input")],
        "loaders": loaders if recorded else [],
        "curve": {"channels": [f"{path}:3"], "which": [0]},
        "modes": [{"site": [str(path), 3, 0, 15]}],
    }
    (inputs,) = Batches.read(record["data"]).leaves
    assert Origins.read(record).place_of(inputs, "values").line == 1


def test_what_cannot_be_read_is_where_it_enters(tmp_path: Path) -> None:
    site = [str(tmp_path / "gone.py"), 3, 1, 5]
    of = leaf("call", target={"function": "tensor", "module": None, "site": site})
    record = {"data": [summary(of, "input")]}
    (inputs,) = Batches.read(record["data"]).leaves
    assert Origins.read(record).place_of(inputs, "scale").line == 3
    assert Origins.read({}).place_of(inputs, "order").line == 3


# -- never an error --------------------------------------------------------------------------------------------------------


def standard_library() -> list[Path]:
    folder = Path(sysconfig.get_path("stdlib"))
    every = sorted(p for p in folder.rglob("*.py") if "site-packages" not in p.parts)
    return random.Random(0).sample(every, 40)


@pytest.mark.parametrize("path", standard_library(), ids=lambda p: p.name)
def test_any_python_file_can_be_sliced(path: Path) -> None:
    world = World(Project([str(path)]))
    world.project.__dict__["everything"] = [f for f in [world.project.file(str(path))] if f]
    for file in world.project.everything:
        nodes = [n for n in ast.walk(file.tree) if isinstance(n, ast.expr)]
        for node in random.Random(1).sample(nodes, min(30, len(nodes))):
            for part in ((), (EACH, 0), (EACH, "x")):
                slice_ = walk(world, Demand(node, world.scope_of(file, node), part), most=60)
                for purpose in ("small", "unscaled", "pairing", "order", "values"):
                    best(slice_, purpose, other=slice_)  # type: ignore[arg-type]
                list(switches(world, slice_))
                list(forgotten(slice_))
