"""The settings of ``vibekit distill`` as they stand in vibekit.yaml, the environment and flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.errors import UsageError
from vibekit.stages.ranges import check_ranges
from vibekit.student.settings import HeadChoice, Settings

if TYPE_CHECKING:
    from pathlib import Path

FEWEST_FOLDS, MOST_FOLDS = 2, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillOptions:
    """One field a flag.

    Attributes:
        head: auto, mlp or linear.
        hidden: Widths such as ``512-256``; empty to choose by the number of videos.
        epochs: Most passes.
        batch_size: Videos in a step; 0 to choose.
        lr: Highest learning rate.
        weight_decay: Of AdamW.
        dropout: Share of hidden values left out in a step.
        patience: Passes without improvement until training ends.
        balance: Weigh rare positives up.
        l2: Penalty of the linear head; None to choose it.
        smoothing: What a label without a probability is short of certain.
        held_out: Share of the groups that stops training and calibrates.
        test: Share of the groups that is only measured on.
        cv: Folds of a cross-validation in place of the test part; 0 for none.
        abstain_precision: Share of right answers that is wanted outside of the abstain zone; 0 for no zone.
        near: Cosine from which two videos are kept together.
        curve: Draw the learning curve.
        ablation: Measure every block of the embedding.
        cpu_hour: Price of a CPU core an hour, US dollars, for the costs.
        draws: Bootstrap draws.
        seed: Of split, training and draws.
        threads: Of the CPU in training.
    """

    head: str = "auto"
    hidden: str = ""
    epochs: int = Settings().epochs
    batch_size: int = 0
    lr: float = Settings().lr
    weight_decay: float = Settings().weight_decay
    dropout: float = Settings().dropout
    patience: int = Settings().patience
    balance: bool = False
    l2: float | None = None
    smoothing: float = 0.05
    held_out: float = 0.1
    test: float = 0.1
    cv: int = 0
    abstain_precision: float = 0.0
    near: float = 0.98
    curve: bool = True
    ablation: bool = True
    cpu_hour: float = 0.05
    draws: int = 1000
    seed: int = 0
    threads: int = Settings().threads


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillConfig:
    """What names the work of one command, and its settings.

    Attributes:
        sources: Runs and tables.
        embeddings: Folder.
        out: Folder of the student.
        golden: A golden set; None without.
        attributes: Names; empty for all that the sources have.
        weights: Source as typed -> how much a label of it counts.
        groups: A table with video_id and group; None without.
        start: Student to start from; None for a new one.
        suggest: How many videos to list that are worth paying for.
        force: Replace a student that was made of something else.
        allow_stale: Go on though sources or golden set were made with different definitions.
        i_know: Go on though the definition may have been tuned on the test split.
        id_column: Column of a table that names the video.
        attributes_dir: The user's definitions.
        options: The settings.
    """

    sources: tuple[Path, ...]
    embeddings: Path
    out: Path
    golden: Path | None = None
    attributes: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    groups: Path | None = None
    start: Path | None = None
    suggest: int = 0
    force: bool = False
    allow_stale: bool = False
    i_know: bool = False
    id_column: str = ""
    attributes_dir: Path | None = None
    options: DistillOptions = DistillOptions()


def settings_of(options: DistillOptions) -> Settings:
    """Check the settings and return those of training.

    Raises:
        InputError: A number is out of range; names its flag.
        UsageError: A word is not known.
    """
    ranges: tuple[tuple[str, float | None, float, float], ...] = (
        ("epochs", options.epochs, 1, 100_000),
        ("batch-size", options.batch_size, 0, 10_000_000),
        ("lr", options.lr, 1e-9, 10),
        ("weight-decay", options.weight_decay, 0, 1e6),
        ("dropout", options.dropout, 0, 0.95),
        ("patience", options.patience, 1, 100_000),
        ("l2", options.l2, 1e-9, 1e12),
        ("smoothing", options.smoothing, 0, 0.49),
        ("held-out", options.held_out, 0.01, 0.5),
        ("test", options.test, 0.01, 0.5),
        ("abstain-precision", options.abstain_precision, 0, 1),
        ("near", options.near, 0.5, 1),
        ("cpu-hour", options.cpu_hour, 0, 1e6),
        ("draws", options.draws, 100, 100_000),
        ("seed", options.seed, 0, 2**32 - 1),
        ("threads", options.threads, 1, 1024),
    )
    check_ranges("distill", ranges)
    if options.cv and not FEWEST_FOLDS <= options.cv <= MOST_FOLDS:
        raise UsageError(f"--cv {options.cv} is not from {FEWEST_FOLDS} to {MOST_FOLDS}", hint="such as: --cv 5")
    try:
        head = HeadChoice(options.head)
    except ValueError as error:
        raise UsageError(f"--head {options.head!r} is none of auto, mlp, linear") from error
    return Settings(
        head=head,
        hidden=widths(options.hidden),
        epochs=options.epochs,
        batch=options.batch_size,
        lr=options.lr,
        weight_decay=options.weight_decay,
        dropout=options.dropout,
        patience=options.patience,
        balance=options.balance,
        l2=options.l2,
        seed=options.seed,
        threads=options.threads,
    )


def widths(text: str) -> tuple[int, ...]:
    """Read widths such as ``512-256``.

    Raises:
        UsageError: They are not whole numbers above 0.
    """
    words = [word for word in text.split("-") if word]
    if not all(word.isdecimal() and 0 < int(word) <= 65_536 for word in words):
        raise UsageError(f"--hidden {text!r} is no widths of layers", hint="such as: --hidden 512-256")
    return tuple(int(word) for word in words)
