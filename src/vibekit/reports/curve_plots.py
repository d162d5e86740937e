"""Precision-recall curve, ROC curve and reliability diagram of one attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.drawing import INK, LINE, MODEL, MUTED, PEOPLE, draw
from vibekit.reports.numbers import decimal, interval, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vibekit.core.estimate import Estimate
    from vibekit.core.score import AttributeScore
    from vibekit.core.score_parts import Bin
    from vibekit.reports.drawing import Canvas

LEGEND_Y = 0.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def precision_recall(score: AttributeScore, name: str) -> str:
    """Draw the precision-recall curve with the labels as they are and the chosen threshold; empty without a curve."""
    curve = score.pr
    if curve is None or not curve.x:
        return ""

    def paint(canvas: Canvas) -> None:
        ax = _square(canvas, "recall, %", "precision, %")
        steps = "steps-post" if curve.x[0] > curve.x[-1] else "steps-pre"
        ax.plot(curve.x, curve.y, color=MODEL, drawstyle=steps, label="by threshold")
        if score.prevalence.value is not None:
            ax.axhline(score.prevalence.value, color=MUTED, lw=1, ls=(0, (4, 3)), label="chance (prevalence)")
        _point(ax, score.recall, score.precision, marker="o", color=INK, label="labels as they are")
        if (chosen := score.threshold) and chosen.value is not None and chosen.scored:
            label = f"threshold {decimal(chosen.value)}"
            recall, precision = chosen.scored.get("recall"), chosen.scored.get("precision")
            if recall and precision:
                _point(ax, recall, precision, marker="D", color=PEOPLE, label=label)
        _legend(canvas, ax)

    return draw(
        name,
        paint,
        title=f"Precision-recall curve of {score.name}",
        description=_pr_words(score),
        height=352,
    )


def _pr_words(score: AttributeScore) -> str:
    words = [f"Average precision {decimal(score.average_precision.value)} {interval(score.average_precision, 'ap')}."]
    words.append(
        f"The labels as they are: recall {share(score.recall.value)} %, precision {share(score.precision.value)} %."
    )
    if score.threshold and score.threshold.value is not None:
        words.append(f"Chosen threshold: {decimal(score.threshold.value)}.")
    return " ".join(words)


def roc(score: AttributeScore, name: str) -> str:
    """Draw the ROC curve; empty without a curve."""
    curve = score.roc
    if curve is None or not curve.x:
        return ""

    def paint(canvas: Canvas) -> None:
        ax = _square(canvas, "false positive rate, %", "true positive rate, %")
        ax.plot(curve.x, curve.y, color=MODEL, label="by threshold")
        ax.plot((0, 1), (0, 1), color=MUTED, lw=1, ls=(0, (4, 3)), label="chance")
        _legend(canvas, ax)

    area = f"{decimal(score.roc_auc.value)} {interval(score.roc_auc, 'auc')}".strip()
    return draw(
        name, paint, title=f"ROC curve of {score.name}", description=f"Area under the curve {area}.", height=352
    )


def reliability(score: AttributeScore, name: str) -> str:
    """Draw how often a predicted probability comes true, with the number of videos of each bin; empty without bins."""
    bins = [b for b in score.reliability if b.n > 0 and b.share.value is not None]
    if not bins:
        return ""

    def paint(canvas: Canvas) -> None:
        ax = canvas.axes(46, 12, 14, 124)
        _unit(ax, "", "share that is true, %")
        ax.set_xticklabels([])
        ax.plot((0, 1), (0, 1), color=MUTED, lw=1, ls=(0, (4, 3)), label="perfectly calibrated")
        for b in bins:
            if b.share.low is not None and b.share.high is not None:
                ax.plot((b.mean, b.mean), (b.share.low, b.share.high), color=MODEL, lw=1.4, clip_on=False)
        ax.plot(
            [b.mean for b in bins],
            [b.share.value or 0.0 for b in bins],
            color=MODEL,
            ls="",
            marker="o",
            ms=5.5,
            clip_on=False,
            zorder=5,
            label="bin, 95 % interval",
        )
        counts = canvas.axes(46, 240, 14, 64)
        _counts(counts, bins)
        _legend(canvas, ax)

    return draw(
        name, paint, title=f"Reliability diagram of {score.name}", description=_bins_words(score, bins), height=352
    )


def _counts(ax: Axes, bins: list[Bin]) -> None:
    ax.bar(
        [(b.low + b.high) / 2 for b in bins],
        [b.n for b in bins],
        [0.86 * (b.high - b.low) for b in bins],
        color=MODEL,
        alpha=0.35,
        lw=0,
    )
    most = max(b.n for b in bins)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, most * 1.1)
    ax.set_yticks((0, most), ("0", f"{most:,}"))
    ax.set_xticks(TICKS, _percent())
    ax.set_xlabel("predicted probability, %")
    ax.tick_params(length=3, width=0.8)


def _bins_words(score: AttributeScore, bins: list[Bin]) -> str:
    words = [f"ECE {decimal(score.ece.value)}."]
    words += [
        f"Predicted {share(b.mean)} %: true {share(b.share.value)} % {interval(b.share, 'precision')}, {b.n} videos."
        for b in bins
    ]
    return " ".join(words)


def _square(canvas: Canvas, x: str, y: str) -> Axes:
    ax = canvas.axes(46, 12, 14, 84)
    _unit(ax, x, y)
    return ax


def _unit(ax: Axes, x: str, y: str) -> None:
    ax.set_xlim(-0.01, 1.01)
    ax.set_ylim(-0.01, 1.01)
    ax.set_xticks(TICKS, _percent())
    ax.set_yticks(TICKS, _percent())
    ax.grid(color=LINE, lw=0.6, alpha=0.7)
    ax.tick_params(length=3, width=0.8)
    ax.set_xlabel(x)
    ax.set_ylabel(y)


def _percent() -> list[str]:
    return [f"{100 * tick:.0f}" for tick in TICKS]


def _point(ax: Axes, x: Estimate, y: Estimate, *, marker: str, color: str, label: str) -> None:
    """Mark a point with the intervals of both its coordinates."""
    if x.value is None or y.value is None:
        return
    if x.low is not None and x.high is not None:
        ax.plot((x.low, x.high), (y.value, y.value), color=color, lw=1, alpha=0.7)
    if y.low is not None and y.high is not None:
        ax.plot((x.value, x.value), (y.low, y.high), color=color, lw=1, alpha=0.7)
    ax.plot((x.value,), (y.value,), color=color, ls="", marker=marker, ms=7, label=label, clip_on=False, zorder=5)


def _legend(canvas: Canvas, ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    canvas.figure.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(36 / canvas.width, LEGEND_Y), ncols=2, handlelength=1.6,
        columnspacing=1.4, borderaxespad=0.2, handletextpad=0.6,
    )  # fmt: skip
