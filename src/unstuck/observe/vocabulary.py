"""Torch functions by what they do to the data of a step; the names are those that the function mode sees."""

from __future__ import annotations

LOSS_FUNCTIONS = frozenset({
    "cross_entropy", "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "kl_div", "gaussian_nll_loss", "poisson_nll_loss", "multi_margin_loss",
    "soft_margin_loss", "hinge_embedding_loss", "cosine_embedding_loss", "multilabel_margin_loss",
    "multilabel_soft_margin_loss", "ctc_loss", "margin_ranking_loss",
})  # fmt: skip
SOURCES = frozenset({
    "__getitem__", "index_select", "from_numpy", "tensor", "as_tensor", "stack", "cat", "randn", "rand", "randint",
    "frombuffer", "to", "float", "long", "narrow", "unsqueeze", "view", "reshape", "normal", "bernoulli",
})  # fmt: skip
LISTED = frozenset({"tensor", "as_tensor", "from_numpy", "frombuffer", "pad_sequence", "stack"})
"""Made of Python's lists, or of NumPy's arrays, whose index nobody sees."""
ASSEMBLING = frozenset({"stack", "pad_sequence"})
"""Rows that were made one by one become a batch."""
INDEXING = frozenset({"__getitem__", "index_select", "narrow", "gather", "take"})
WEIGHTED = frozenset({
    "linear", "conv1d", "conv2d", "conv3d", "matmul", "__matmul__", "mm", "addmm", "bmm", "einsum", "lstm", "gru",
    "rnn_tanh",
})  # fmt: skip
"""Calls in which inputs meet weights."""
AS_PYTHON = frozenset({"tolist", "numpy", "__iter__", "unbind"})
"""How numbers of rows are taken out of a tensor."""
MASKING = frozenset({"masked_fill", "masked_fill_", "masked_select"})
"""Which entries count is no target."""
ELEMENTWISE = frozenset(
    {"sub", "rsub", "__sub__", "__rsub__", "mul", "__mul__", "add", "__add__", "div", "pow", "where"}
)
