"""What is read off the autograd graph, on losses whose answers are known (EVIDENCE, section 3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from unstuck.observe.graph import Sign, before_loss, kind, reached_parameters, signs, walk

N, CLASSES, TIME = 6, 3, 5
OWN = "own log-softmax"
labels = torch.arange(N) % CLASSES
binary = (torch.arange(N) % 2).float()[:, None]
probabilities = F.one_hot(labels, CLASSES).float() * 0.8 + 0.1
layer = nn.Linear(4, CLASSES)
head = nn.Linear(4, 1)
inputs = torch.randn(N, 4, generator=torch.Generator().manual_seed(0))


def scores() -> Tensor:
    return layer(inputs)


def one() -> Tensor:
    return head(inputs)


def chains(loss: Tensor) -> list[tuple[str, list[str]]]:
    return [(found["loss"], [name for name, _ in found["chain"]]) for found in before_loss(loss.grad_fn)]


def attention() -> Tensor:
    hidden, _ = nn.MultiheadAttention(4, 2, batch_first=True)(inputs[None], inputs[None], inputs[None])
    return F.cross_entropy(layer(hidden[0]), labels)


def by_hand_softmax() -> Tensor:
    exponentials = scores().exp()
    return F.cross_entropy(exponentials / exponentials.sum(1, keepdim=True), labels)


def autocast() -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = layer(inputs).softmax(1)
    return F.cross_entropy(out.float(), labels)


LOSSES: dict[str, tuple[Callable[[], Tensor], list[tuple[str, list[str]]]]] = {
    "cross-entropy": (lambda: F.cross_entropy(scores(), labels), [("NllLoss", [OWN, "Addmm"])]),
    "log-softmax, then NLL": (
        lambda: F.nll_loss(scores().log_softmax(1), labels),
        [("NllLoss", [OWN, "Addmm"])],
    ),
    "a softmax before cross-entropy": (
        lambda: F.cross_entropy(scores().softmax(1), labels),
        [("NllLoss", [OWN, "Softmax", "Addmm"])],
    ),
    "a softmax module before a cross-entropy module": (
        lambda: nn.CrossEntropyLoss()(nn.Softmax(dim=1)(scores()), labels),
        [("NllLoss", [OWN, "Softmax", "Addmm"])],
    ),
    "a log-softmax before cross-entropy": (
        lambda: F.cross_entropy(scores().log_softmax(1), labels),
        [("NllLoss", [OWN, "LogSoftmax", "Addmm"])],
    ),
    "a sigmoid before cross-entropy": (
        lambda: F.cross_entropy(scores().sigmoid(), labels),
        [("NllLoss", [OWN, "Sigmoid", "Addmm"])],
    ),
    "a softmax by hand before cross-entropy": (by_hand_softmax, [("NllLoss", [OWN, "Div"])]),
    "a softmax under autocast": (autocast, [("NllLoss", [OWN, "Softmax", "Addmm"])]),
    "a rectifier before cross-entropy": (
        lambda: F.cross_entropy(scores().relu(), labels),
        [("NllLoss", [OWN, "Relu", "Addmm"])],
    ),
    "dropout before cross-entropy": (
        lambda: F.cross_entropy(F.dropout(scores(), 0.5), labels),
        [("NllLoss", [OWN, "Mul"])],
    ),
    "raw scores before NLL": (lambda: F.nll_loss(scores(), labels), [("NllLoss", ["Addmm"])]),
    "probabilities before NLL": (
        lambda: F.nll_loss(scores().softmax(1), labels),
        [("NllLoss", ["Softmax", "Addmm"])],
    ),
    "a sigmoid before BCE with logits": (
        lambda: F.binary_cross_entropy_with_logits(one().sigmoid(), binary),
        [("BinaryCrossEntropyWithLogits", ["Sigmoid", "Addmm"])],
    ),
    "a squeezed sigmoid before BCE with logits": (
        lambda: F.binary_cross_entropy_with_logits(one().sigmoid().squeeze(1), binary.squeeze(1)),
        [("BinaryCrossEntropyWithLogits", ["Sigmoid", "Addmm"])],
    ),
    "BCE with logits": (
        lambda: F.binary_cross_entropy_with_logits(one(), binary),
        [("BinaryCrossEntropyWithLogits", ["Addmm"])],
    ),
    "BCE of a sigmoid": (
        lambda: F.binary_cross_entropy(one().sigmoid(), binary),
        [("BinaryCrossEntropy", ["Sigmoid", "Addmm"])],
    ),
    "BCE of a clamped score": (
        lambda: F.binary_cross_entropy(one().clamp(0.01, 0.99), binary),
        [("BinaryCrossEntropy", ["Clamp"])],
    ),
    "a sequence (N, C, T)": (
        lambda: F.cross_entropy(scores()[:, :, None].expand(N, CLASSES, TIME), labels[:, None].expand(N, TIME)),
        [("NllLoss2D", [OWN, "Addmm"])],
    ),
    "a softmax over a sequence": (
        lambda: F.cross_entropy(
            scores()[:, :, None].expand(N, CLASSES, TIME).softmax(1), labels[:, None].expand(N, TIME)
        ),
        [("NllLoss2D", [OWN, "Softmax", "Addmm"])],
    ),
    "images (N, C, H, W)": (
        lambda: F.cross_entropy(nn.Conv2d(1, CLASSES, 1)(torch.ones(2, 1, 2, 2)), torch.zeros(2, 2, 2).long()),
        [("NllLoss2D", [OWN, "Convolution"])],
    ),
    "no reduction, then the mean": (
        lambda: F.cross_entropy(scores(), labels, reduction="none").mean(),
        [("NllLoss", [OWN, "Addmm"])],
    ),
    "a sum, over the number of rows": (
        lambda: F.cross_entropy(scores(), labels, reduction="sum") / N,
        [("NllLoss", [OWN, "Addmm"])],
    ),
    "label smoothing": (
        lambda: F.cross_entropy(scores(), labels, label_smoothing=0.1),
        [("NllLoss", [OWN, "Addmm"])],
    ),
    "class probabilities as target": (lambda: F.cross_entropy(scores(), probabilities), []),
    "cross-entropy by hand": (
        lambda: -scores().log_softmax(1).gather(1, labels[:, None]).mean(),
        [],
    ),
    "BCE by hand": (
        lambda: -(binary * one().sigmoid().log() + (1 - binary) * (1 - one().sigmoid()).log()).mean(),
        [],
    ),
    "focal": (
        lambda: ((1 - torch.exp(-F.cross_entropy(scores(), labels, reduction="none"))) ** 2).mean(),
        [("NllLoss", [OWN, "Addmm"])],
    ),
    "mean squared error": (lambda: F.mse_loss(one(), binary), [("MseLoss", ["Addmm"])]),
    "mean squared error of (N, 1) and (N,)": (
        lambda: F.mse_loss(*torch.broadcast_tensors(one(), binary.squeeze(1))),
        [("MseLoss", ["Addmm"])],
    ),
    "mean squared error by hand": (lambda: ((one() - binary) ** 2).mean(), []),
    "Huber": (lambda: F.huber_loss(one(), binary), [("HuberLoss", ["Addmm"])]),
    "smooth L1": (lambda: F.smooth_l1_loss(one(), binary), [("SmoothL1Loss", ["Addmm"])]),
    "a penalty beside": (
        lambda: F.cross_entropy(scores(), labels) + 1e-3 * layer.weight.pow(2).sum(),
        [("NllLoss", [OWN, "Addmm"])],
    ),
    "a softmax that is meant: inside the model": (attention, [("NllLoss", [OWN, "Addmm"])]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_a_loss_is_fed_with(name: str) -> None:
    make, expected = LOSSES[name]
    assert chains(make()) == expected


def test_every_loss_of_a_sum_is_found() -> None:
    loss = F.cross_entropy(scores(), labels) + F.mse_loss(one(), binary) + F.l1_loss(one(), binary)
    assert sorted(chains(loss)) == [("MseLoss", ["Addmm"]), ("NllLoss", [OWN, "Addmm"])]


SHAPES: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda t: t.view(-1, t.shape[-1]),
    lambda t: t.unsqueeze(0).squeeze(0),
    lambda t: t.t().t(),
    lambda t: t.permute(1, 0).transpose(0, 1),
    lambda t: t.clone(),
    lambda t: t.double().float(),
    lambda t: t[:],
    lambda t: t.t().contiguous().t(),
    lambda t: t.reshape(1, -1).reshape(N, CLASSES),
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(SHAPES), max_size=5), st.lists(st.sampled_from(SHAPES), max_size=5))
def test_changes_of_shape_hide_nothing(
    before: list[Callable[[Tensor], Tensor]], after: list[Callable[[Tensor], Tensor]]
) -> None:
    out = scores()
    for change in before:
        out = change(out)
    out = out.softmax(1)
    for change in after:
        out = change(out)
    assert chains(F.cross_entropy(out, labels)) == [("NllLoss", [OWN, "Softmax", "Addmm"])]


# -- signs -------------------------------------------------------------------------------------------------------------


def _values(found: dict[str, Sign]) -> dict[str, int]:
    return {name: sign.value for name, sign in found.items()}


SIGNS: dict[str, tuple[Callable[[Tensor], Tensor], int]] = {
    "itself": (lambda loss: loss, 1),
    "the mean": (lambda loss: loss.mean(), 1),
    "negated": (lambda loss: -loss, -1),
    "negated twice": (lambda loss: -torch.neg(loss), 1),
    "torch.neg": (torch.neg, -1),
    "zero minus": (lambda loss: torch.tensor(0.0) - loss, -1),
    "a number minus": (lambda loss: 1.0 - loss, -1),
    "minus a number": (lambda loss: loss - 1.0, 1),
    "torch.rsub": (lambda loss: torch.rsub(loss, 1.0), -1),
    "times minus one": (lambda loss: loss * -1, -1),
    "minus one times": (lambda loss: -1.0 * loss, -1),
    "times a negative tensor": (lambda loss: loss * torch.tensor(-0.5), -1),
    "times a positive number": (lambda loss: 0.5 * loss, 1),
    "over a negative number": (lambda loss: loss / -4, -1),
    "beside a penalty": (lambda loss: loss + 0.1 * layer.weight.norm(), 1),
    "minus a penalty": (lambda loss: loss - 0.1 * layer.weight.norm(), 1),
    "a penalty minus": (lambda loss: layer.weight.norm() - loss, -1),
}


@pytest.mark.parametrize("name", SIGNS)
def test_the_sign_with_which_a_loss_is_minimised(name: str) -> None:
    change, sign = SIGNS[name]
    assert _values(signs(change(F.cross_entropy(scores(), labels)).grad_fn)) == {"NllLoss": sign}


def test_a_sign_is_placed_where_it_is_turned_or_else_where_the_loss_is_added() -> None:
    loss = F.mse_loss(one(), binary) * 0.5
    turned = 1 - loss
    assert signs((turned + 2).grad_fn)["MseLoss"].node is turned.grad_fn
    added = loss + 1
    assert signs((3 + added * 2).grad_fn)["MseLoss"].node is added.grad_fn
    assert signs(loss.grad_fn)["MseLoss"].node is None


def test_each_loss_has_a_sign_of_its_own() -> None:
    loss = F.mse_loss(one(), binary) - F.cross_entropy(scores(), labels)
    assert _values(signs(loss.grad_fn)) == {"MseLoss": 1, "NllLoss": -1}


def test_a_loss_by_hand_has_no_known_sign() -> None:
    assert _values(signs(((one() - binary) ** 2).mean().grad_fn)) == {}


@settings(deadline=None)
@given(st.lists(st.sampled_from([change for change, _ in SIGNS.values()]), max_size=6))
def test_signs_multiply(changes: list[Callable[[Tensor], Tensor]]) -> None:
    loss, sign = F.mse_loss(one(), binary), 1
    known = dict(SIGNS.values())
    for change in changes:
        loss, sign = change(loss), sign * known[change]
    assert _values(signs(loss.grad_fn)) == {"MseLoss": sign}


# -- parameters --------------------------------------------------------------------------------------------------------


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 1))


def ids(*modules: nn.Module) -> set[int]:
    return {id(parameter) for module in modules for parameter in module.parameters()}


def test_all_parameters_of_a_model_are_reached() -> None:
    model = net()
    assert reached_parameters((model(inputs).mean(),)) == ids(model)


def test_parameters_before_a_cut_are_not_reached() -> None:
    model = net()
    assert reached_parameters((model[2:](model[:2](inputs).detach()).mean(),)) == ids(model[2:])


def test_frozen_and_unused_parameters_are_not_reached() -> None:
    model = net()
    model[2].requires_grad_(False)
    model.extra = nn.Linear(1, 1)
    assert reached_parameters((model[:5](inputs).mean(),)) == ids(model[0], model[4])


def test_inputs_that_want_a_gradient_are_reached_too() -> None:
    wanted = inputs.clone().requires_grad_()
    assert reached_parameters((head(wanted).mean(),)) == ids(head) | {id(wanted)}


def test_several_losses_reach_what_each_of_them_reaches() -> None:
    one_net, other = net(), net()
    assert reached_parameters((one_net(inputs).mean(), other(inputs).mean())) == ids(one_net, other)


def test_a_loss_without_a_graph_reaches_nothing() -> None:
    assert reached_parameters((torch.tensor(1.0),)) == set()


def test_gradients_of_gradients_reach_the_parameters() -> None:
    model, wanted = net(), inputs.clone().requires_grad_()
    (slope,) = torch.autograd.grad(model(wanted).sum(), wanted, create_graph=True)
    weights = {id(layer.weight) for layer in model if isinstance(layer, nn.Linear)}
    assert weights <= reached_parameters(((slope**2).sum(),))


# -- walking -----------------------------------------------------------------------------------------------------------


def test_each_node_is_met_once_however_many_ways_lead_to_it() -> None:
    value = head(inputs)
    for _ in range(40):  # 2 to the 40th paths
        value = value + value
    nodes = list(walk(value.sum().grad_fn))
    assert len(nodes) == len(set(nodes)) < 60


def test_reading_keeps_nothing_of_the_graph_alive() -> None:
    model = net()
    loss = model(inputs).mean()
    before_loss(loss.grad_fn), signs(loss.grad_fn), reached_parameters((loss,))
    loss.backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert kind(loss.grad_fn) == "Mean"
