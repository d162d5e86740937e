"""Training of the network: torch is imported here, when it is asked for, and nowhere else in training."""

from __future__ import annotations

import math
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.errors import SetupError
from vibekit.student.network import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from vibekit.student.settings import Settings
    from vibekit.student.target import Target

BLOCK = 16384


def has_torch() -> bool:
    """Say whether torch is installed, without importing it."""
    return find_spec("torch") is not None


class _Task:
    """Rows, soft labels and what torch needs of them."""

    def __init__(self, x: NDArray[np.floating], targets: Sequence[Target], mean: Any, scale: Any) -> None:  # noqa: ANN401
        self.x = x
        self.targets = targets
        self.mean, self.scale = mean, scale
        self.chance = np.concatenate([t.chance for t in targets], axis=1)
        weights = [t.weight / max(float(t.weight[t.known].mean()) if t.known.any() else 1.0, 1e-12) for t in targets]
        self.weight = np.stack(weights, axis=1).astype(np.float32)

    def rows(self, rows: NDArray[np.int64]) -> tuple[Any, Any, Any]:
        import torch

        values = (self.x[rows].astype(np.float32) - self.mean) / self.scale
        return torch.from_numpy(values), torch.from_numpy(self.chance[rows]), torch.from_numpy(self.weight[rows])


def train_mlp(
    x: NDArray[np.floating],
    targets: Sequence[Target],
    *,
    train: NDArray[np.int64],
    held_out: NDArray[np.int64],
    mean: NDArray[np.float32],
    scale: NDArray[np.float32],
    settings: Settings,
    advance: Callable[[], None] | None = None,
) -> list[Layer]:
    """Train hidden layers and output: AdamW on the cross-entropy of soft labels, kept where the held-out loss is least.

    The same data, settings and machine give the same bits: seeds, algorithms, threads and order are fixed.

    Args:
        x: Shape (n, d), any float type.
        targets: Of n videos; those with weight 0 do not enter.
        train: Rows to train on.
        held_out: Rows to stop by; without any, all epochs are made.
        mean: Shape (d,).
        scale: Shape (d,).
        settings: How.
        advance: Is called after every pass.

    Raises:
        SetupError: torch is not installed.
    """
    if not has_torch():
        raise SetupError("the mlp head needs torch", hint="pip install 'vibekit[student]', or give --head linear")
    import torch

    task = _Task(x, targets, mean, scale)
    known = np.asarray(task.weight.any(axis=1))
    train, held_out = train[known[train]], held_out[known[held_out]]
    with _fixed(settings.seed, settings.threads):
        model = _model(x.shape[1], settings.widths(len(train)), task.chance.shape[1], settings.dropout)
        _start_at_mean(model, task, train)
        factors = _factors(task, train) if settings.balance else None
        decayed = [p for name, p in model.named_parameters() if name.endswith("weight")]
        free = [p for name, p in model.named_parameters() if name.endswith("bias")]
        optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": free, "weight_decay": 0.0}],
            lr=settings.lr,
        )
        size = settings.step(len(train))
        total = settings.epochs * max(1, math.ceil(len(train) / size))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total))
        generator = np.random.default_rng(settings.seed)
        best, kept, stale = math.inf, _state(model), 0
        for _ in range(settings.epochs):
            model.train()
            order = generator.permutation(train)
            for start in range(0, len(order), size):
                values, chance, weight = task.rows(order[start : start + size])
                optimiser.zero_grad(set_to_none=True)
                loss = _loss(model(values), chance, weight, targets, factors)
                loss.backward()
                optimiser.step()
                schedule.step()
            if advance is not None:
                advance()
            if len(held_out) == 0:
                kept = _state(model)
                continue
            now = _held_out_loss(model, task, held_out)
            best, stale, better = (now, 0, True) if now < best else (best, stale + 1, False)
            if better:
                kept = _state(model)
            elif stale >= settings.patience:
                break
    weights = [value for name, value in kept.items() if name.endswith("weight")]
    biases = [value for name, value in kept.items() if name.endswith("bias")]
    return [Layer(weight=w, bias=b) for w, b in zip(weights, biases, strict=True)]


def _model(dim: int, widths: tuple[int, ...], out: int, dropout: float) -> Any:  # noqa: ANN401 - torch.nn.Sequential
    from torch import nn

    layers: list[nn.Module] = []
    before = dim
    for width in widths:
        layers += [nn.Linear(before, width), nn.ReLU(), nn.Dropout(dropout)]
        before = width
    return nn.Sequential(*layers, nn.Linear(before, out))


def _start_at_mean(model: Any, task: _Task, train: NDArray[np.int64]) -> None:  # noqa: ANN401 - torch.nn.Sequential
    """Let the network begin with the mean label: rare attributes then need no epochs to find out that they are."""
    import torch

    at = 0
    with torch.no_grad():
        for number, target in enumerate(task.targets):
            weight = task.weight[train, number].astype(np.float64)
            mean = (weight @ task.chance[train, at : at + target.width]) / max(float(weight.sum()), 1e-12)
            mean = np.clip(mean, 1e-4, 1 - 1e-4)
            logits = np.log(mean / (1 - mean)) if target.is_binary else np.log(mean)
            model[-1].bias[at : at + target.width] = torch.from_numpy(logits.astype(np.float32))
            at += target.width


def _loss(logits: Any, chance: Any, weight: Any, targets: Sequence[Target], factors: Any) -> Any:  # noqa: ANN401
    """Return the mean over videos of the sum over attributes, each weighted."""
    from torch.nn import functional

    if all(target.is_binary for target in targets):
        each = functional.binary_cross_entropy_with_logits(logits, chance, reduction="none", pos_weight=factors)
        return (each * weight).sum() / len(logits)
    total, at = 0.0, 0
    for number, target in enumerate(targets):
        z, q = logits[:, at : at + target.width], chance[:, at : at + target.width]
        if target.is_binary:
            factor = None if factors is None else factors[at : at + 1]
            each = functional.binary_cross_entropy_with_logits(z, q, reduction="none", pos_weight=factor)[:, 0]
        else:
            each = -(q * functional.log_softmax(z, dim=1)).sum(dim=1)
        total = total + (each * weight[:, number]).sum()
        at += target.width
    return total / len(logits)


def _factors(task: _Task, train: NDArray[np.int64]) -> Any:  # noqa: ANN401 - torch.Tensor
    """Return how much more a positive counts: the root of negatives over positives; 1 for labels of other kinds."""
    import torch

    found = []
    for number, target in enumerate(task.targets):
        weight = task.weight[train, number]
        if not target.is_binary:
            found += [1.0] * target.width
            continue
        share = float(weight @ target.chance[train, 0]) / max(float(weight.sum()), 1e-12)
        found.append(math.sqrt((1 - share) / max(share, 1e-4)))
    return torch.tensor(found, dtype=torch.float32)


def _held_out_loss(model: Any, task: _Task, rows: NDArray[np.int64]) -> float:  # noqa: ANN401 - torch.nn.Sequential
    import torch

    model.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(rows), BLOCK):
            values, chance, weight = task.rows(rows[start : start + BLOCK])
            total += float(_loss(model(values), chance, weight, task.targets, None)) * len(values)
    return total / len(rows)


def _rate(step: int, total: int) -> float:
    """Return the share of the highest learning rate: up over the first twentieth, then down by a cosine."""
    warm = max(1, total // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))


def _state(model: Any) -> dict[str, NDArray[np.float32]]:  # noqa: ANN401 - torch.nn.Sequential
    return {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}


@contextmanager
def _fixed(seed: int, threads: int) -> Iterator[None]:
    """Fix what torch leaves to chance, and give it back as it was."""
    import torch

    before, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(strict)
            torch.set_num_threads(before)
