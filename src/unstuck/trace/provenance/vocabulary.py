"""What functions of the common libraries do to data, by the last part of their name."""

from __future__ import annotations

import ast
import re

from unstuck.trace.provenance.files import dotted, last_name
from unstuck.trace.provenance.values import Kind

READS = re.compile(
    r"load|loads|loadtxt|genfromtxt|fromfile|memmap|frombuffer|fromregex|loadmat|open|open_memmap|read|reads|read_\w+|"
    r"readlines?|load_\w+|fetch\w*|imread|DictReader|reader|safe_load|full_load|iterdir|glob|rglob|listdir|scandir|walk|"
    r"decode_\w+|ImageFolder|DatasetFolder|File|execute|urlopen|get_data|from_csv|from_file|from_json|parse_\w+|StringIO"
)
BUNDLED = re.compile(
    r"load_(digits|iris|wine|breast_cancer|diabetes|linnerud|sample_images?|boston)|fetch_\w+|\w*MNIST|CIFAR\d+|SVHN|STL10"
)
NOT_READS = frozenset({"load_state_dict", "open_memmap_", "parse_args", "parse_known_args"})
SCALES = re.compile(
    r"normali[sz]e\w*|standardi[sz]e\w*|rescale\w*|scale|\w*Scaler|Normali[sz]er?|ToTensor|zscore|minmax_scale|robust_scale|"
    r"whiten|div|div_|divide|true_divide|sub|sub_|subtract|mul|mul_|multiply|fit_transform|inverse_transform|"
    r"batch_norm|layer_norm|instance_norm|convert_image_dtype|ConvertImageDtype|to_tensor|PowerTransformer|"
    r"QuantileTransformer|Rescaling|log1p|tanh|sigmoid|softmax|log_softmax|addcdiv_?|addcmul_?"
)
WRAPS = frozenset({
    "tensor", "as_tensor", "asarray", "array", "from_numpy", "from_dlpack", "FloatTensor", "Tensor", "DoubleTensor",
    "LongTensor", "HalfTensor", "PILToTensor", "pil_to_tensor", "to_numpy", "numpy", "DataFrame", "Series", "ascontiguousarray",
    "asanyarray", "asfarray", "fromiter", "pad_sequence",
})  # fmt: skip
FLOATS = frozenset({
    "float", "double", "half", "bfloat16", "FloatTensor", "DoubleTensor", "HalfTensor", "float32", "float64", "float16",
    "Tensor", "asfarray", "to_tensor", "ToTensor", "ConvertImageDtype", "convert_image_dtype",
})  # fmt: skip
CASTS = frozenset({"astype", "to", "type", "to_dtype", "ToDtype", "view_as", "int", "long", "bool", "type_as"})
SELECTS = re.compile(
    r"sort\w*|argsort|lexsort|shuffle|permutation|permuted|flip|flipud|roll|take|take_along_axis|index_select|gather|"
    r"compress|filter\w*|drop\w*|sample|query|where|head|tail|nlargest|nsmallest|unique|reindex|merge|join|concat|loc|iloc|"
    r"set_index|zip\w*|train_test_split|random_split|Subset|resample|split|array_split|tensor_split|chunk|isin|groupby|"
    r"nonzero|flatnonzero|masked_select|reversed|sorted|islice|batched|choice|choices|narrow|unfold|sliding_window_view|"
    r"explode|pivot\w*|stack_rows|delete|trim\w*|argpartition|partition|sort_values|reset_index"
)
MOVES_ROWS = re.compile(
    r"sort\w*|argsort|shuffle|permutation|permuted|flip|flipud|roll|take|index_select|compress|filter\w*|drop\w*|sample|"
    r"query|head|tail|nlargest|nsmallest|unique|reindex|sorted|reversed|choice|choices|narrow|islice|delete|sort_values|"
    r"masked_select|resample|random_split|train_test_split|Subset|merge|join|explode"
)
DRAWS = re.compile(
    r"\w*DataLoader|\w*Sampler|randperm|permutation|arange|range|choice|choices|randint|integers|multinomial"
)
SORTS = frozenset({"sort", "sorted", "argsort", "sort_values", "lexsort", "sort_index", "msort"})
RANDOM = frozenset({
    "randperm", "permutation", "permuted", "shuffle", "sample", "choice", "choices", "randint", "integers", "multinomial",
    "rand", "random", "randn", "normal", "uniform", "train_test_split", "resample", "random_split",
})  # fmt: skip
SEEDS = frozenset({"random_state", "seed", "generator"})
SEEDERS = frozenset({"default_rng", "RandomState", "Random", "manual_seed", "Generator", "seed"})
STATISTICS = frozenset({
    "mean", "std", "var", "max", "min", "amax", "amin", "median", "norm", "sum", "quantile", "percentile", "nanmean", "nanstd",
    "ptp", "abs", "std_mean", "var_mean", "average",
})  # fmt: skip
RISKY = re.compile(
    r"log\w*|sqrt|rsqrt|reciprocal|pow|arccos|acos|arcsin|asin|atanh|arctanh|log_|pct_change|true_divide|divide|div_?|exp|logit"
)
FROM_NOTHING = frozenset({
    "zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like", "eye", "linspace", "logspace",
    "len", "rand", "randn", "randint", "integers", "normal", "uniform", "standard_normal", "gamma", "beta", "poisson",
    "binomial", "exponential", "random", "default_rng", "RandomState", "Generator", "manual_seed", "seed", "arange", "range",
    "randperm", "parse_args", "parse_known_args", "isfinite", "isnan", "shape", "size", "device", "print", "count",
})  # fmt: skip
"""Functions whose arguments are numbers, not data."""
SAME = frozenset({
    "list", "tuple", "iter", "tqdm", "trange", "track", "cycle", "contiguous", "clone", "copy", "detach", "cpu", "cuda", "deepcopy",
    "pin_memory", "requires_grad_", "share_memory_", "to_device", "prefetch", "cache", "auto", "chain", "sorted",
    "reversed", "set", "next", "Parameter",
})  # fmt: skip
"""Functions that hand their argument on, or its elements."""
PATHS = frozenset(
    {"Path", "str", "resolve", "dirname", "expanduser", "getcwd", "cwd", "abspath", "format", "with_name"}
)
OF_ELEMENTS = frozenset({"from_iterable", "ConcatDataset", "ChainDataset"})
TAKES_DATA = re.compile(
    r"fit_transform|transform|inverse_transform|permutation|permuted|shuffle|map|apply|join|writerow|pipe|encode\w*|"
    r"batch_encode\w*|tokenize|sample|choice|choices|merge|process|prepare"
)
"""Methods whose argument is the data, not what they are called on."""
DATA_WORDS = frozenset(
    {"data", "input", "inputs", "x", "X", "images", "dataset", "a", "array", "arrays", "tensors", "object", "iterable"}
)
VIEWS = frozenset({"T", "data", "values", "real", "mT", "H", "array", "grad"})
"""Attributes that are the value itself in another form."""


def kind_of(name: str) -> Kind:
    """What a library function of that name does to data."""
    if READS.fullmatch(name) and name not in NOT_READS:
        return "reads"
    if BUNDLED.fullmatch(name):
        return "reads"
    if SCALES.fullmatch(name):
        return "scales"
    if name in WRAPS or name in FLOATS or name in CASTS:
        return "converts"
    if DRAWS.fullmatch(name):
        return "draws"
    return "selects" if SELECTS.fullmatch(name) else "other"


def tags_of(call: ast.Call, name: str) -> frozenset[str]:
    """What else is known about a call of a library function."""
    tags = set()
    if name in WRAPS:
        tags.add("wraps")
    if name in FLOATS or (name in WRAPS | CASTS and _names_floats(call)):
        tags.add("floats")
    if BUNDLED.fullmatch(name):
        tags.add("bundled")
    elif kind_of(name) == "reads":
        tags.add("file")
    if MOVES_ROWS.fullmatch(name):
        tags.add("rows")
    if name in SORTS:
        tags.add("sorts")
    if RISKY.fullmatch(name):
        tags.add("risky")
    if name in RANDOM:
        tags.add("random")
    if name.endswith("Sampler"):
        tags.add("sampler")
    if name.endswith("DataLoader"):
        tags.add("loader")
    if name.endswith(("Dataset", "Subset")):
        tags.add("dataset")
    if name in STATISTICS or name.endswith("Scaler") or name in ("fit_transform", "zscore"):
        tags.add("statistic")
    return frozenset(tags)


def _names_floats(call: ast.Call) -> bool:
    named = [*call.args, *(k.value for k in call.keywords if k.arg in ("dtype", "type"))]
    return any(_is_float_type(a) for a in named)


def _is_float_type(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.lstrip("<>=|") in ("float", "float32", "float64", "float16", "f", "f4", "f8", "d", "e")
    return bool(re.search(r"(^|\.)(b?float\w*|double|half|single)$", dotted(node)))


def is_random(node: ast.AST) -> bool:
    """Whether an expression draws at random without a seed of its own."""
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and last_name(call.func) in RANDOM
            and not any(k.arg in SEEDS for k in call.keywords)
        ):
            return True
    return False


def is_path(node: ast.AST) -> bool:
    """Whether an operand of `/`, `+` or `%` is text: a path or a format, not data."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes))
    if isinstance(node, ast.BinOp):
        return is_path(node.left) or is_path(node.right)
    if isinstance(node, ast.Call):
        return last_name(node.func) in PATHS or is_path(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr in ("parent", "stem", "suffix") or is_path(node.value)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Name) and node.id == "__file__")
