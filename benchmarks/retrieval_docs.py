"""Tables and the plot of the retrieval benchmark, for a terminal and for a page of the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.results import table
from benchmarks.retrieval_engine import ENGINES, OWN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PAGE, PLOT = "retrieval-benchmark.md", "retrieval-benchmark.svg"
KINDS = {"single": "one query a call", "batch": "100 queries a call"}
COLOURS = ("#000000", "#d55e00", "#e69f00", "#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#999933", "#882255")


def text(result: dict[str, Any]) -> str:
    """Return the tables for a terminal."""
    parts = []
    for kind, title in KINDS.items():
        for k in _ks(result):
            parts += [f"\nk = {k}, {title}", table(_cells(result, k, kind))]
    parts.append("* does not reach the recall; the ratio is to the fastest that does: median (min to max of rounds)")
    return "\n".join(parts)


def write(folder: Path, result: dict[str, Any]) -> None:
    """Write the tables into the page, between its marks, and the plot beside it."""
    parts = [_head(result), f"![Queries per CPU-second against the share of videos that match]({PLOT})"]
    for kind, title in KINDS.items():
        for k in _ks(result):
            parts += [f"### k = {k}, {title}", markdown(_cells(result, k, kind))]
    parts += ["### Milliseconds, one query a call", markdown(_latency(result))]
    parts += ["### Settings that were chosen", markdown(_settings(result))]
    parts += ["### Building", markdown(_built(result))]
    between(folder / PAGE, "retrieval", "\n\n".join(parts))
    plot(folder / PLOT, result)


def between(page: Path, name: str, content: str) -> None:
    """Replace what stands between two marks of a page."""
    begin, end = f"<!-- {name}: written by the benchmark -->", f"<!-- {name}: end -->"
    before, _, rest = page.read_text("utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n\n{content}\n\n{end}{after}", "utf-8")


def markdown(rows: list[tuple[object, ...]]) -> str:
    """Return a table in Markdown, the first row being the head."""
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def plot(path: Path, result: dict[str, Any]) -> None:
    """Draw queries per CPU-second against the share that matches: a line an engine, the kinds of attributes apart."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.hashsalt": "vibekit", "svg.fonttype": "none", "font.size": 9}):
        figure, axes = plt.subplots(2, 2, figsize=(11, 8), sharex=True, sharey=True)
        titles = {"clusters": "attribute tied to the content", "independent": "attribute independent of it"}
        for line, k in zip(axes, _ks(result), strict=True):
            for axis, (kind, title) in zip(line, titles.items(), strict=True):
                _lines(axis, [row for row in result["rows"] if row["kind"] == kind and row["k"] == k], _names(result))
                axis.set(title=f"{title}, k = {k}", xscale="log", yscale="log")
                axis.grid(alpha=0.3)
        for axis in axes[-1]:
            axis.set_xlabel("videos that match, %")
        for axis in axes[:, 0]:
            axis.set_ylabel("queries per CPU-second")
        handles, labels = axes[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower center", ncols=3, frameon=False)
        figure.suptitle("One query a call, one thread; hollow: recall below 95 %")
        figure.tight_layout(rect=(0, 0.09, 1, 1))
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _lines(axis: Any, rows: list[dict[str, Any]], names: list[str]) -> None:  # noqa: ANN401 - of matplotlib
    for name, colour in zip(names, COLOURS, strict=False):
        points = [(100 * row["share"], row["engines"][name]) for row in rows]
        x, y = [share for share, _ in points], [one["single"]["qps"]["median"] for _, one in points]
        axis.plot(x, y, color=colour, lw=2.5 if name == OWN else 1.2, label=ENGINES[name].title)
        for at, rate, (_, one) in zip(x, y, points, strict=True):
            axis.plot([at], [rate], "o", ms=6, color=colour, mfc=colour if one["reached"] else "white")


def _ks(result: dict[str, Any]) -> list[int]:
    return sorted({row["k"] for row in result["rows"]})


def _names(result: dict[str, Any]) -> list[str]:
    return [name for name in ENGINES if name in result["rows"][0]["engines"]]


def _rows(result: dict[str, Any], k: int) -> Iterable[dict[str, Any]]:
    return (row for row in result["rows"] if row["k"] == k)


def _cells(result: dict[str, Any], k: int, kind: str) -> list[tuple[object, ...]]:
    names = _names(result)
    rows: list[tuple[object, ...]] = [("restriction", "match", *names, "ratio", "to", "first of all")]
    for row in _rows(result, k):
        cells = [_cell(row["engines"][name], kind) for name in names]
        one = row[kind]
        ratio = f"{one['ratio']['median']:.2f} ({one['ratio']['min']:.2f}-{one['ratio']['max']:.2f})"
        rows.append((row["restriction"] or "(none)", f"{row['matched']:,}", *cells, ratio, one["best"], one["first"]))
    return rows


def _cell(one: dict[str, Any], kind: str) -> str:
    rate = one[kind]["qps"]["median"]
    return f"{rate:,.0f} ({one['recall']:.2f}{'' if one['reached'] else '*'})"


def _latency(result: dict[str, Any]) -> list[tuple[object, ...]]:
    names = _names(result)
    rows: list[tuple[object, ...]] = [("restriction, p50 / p99", "k", *names)]
    for row in result["rows"]:
        timed = [row["engines"][name]["single"] for name in names]
        cells = [f"{one['p50_ms']:.2f} / {one['p99_ms']:.2f}" for one in timed]
        rows.append((row["restriction"] or "(none)", row["k"], *cells))
    return rows


def _settings(result: dict[str, Any]) -> list[tuple[object, ...]]:
    names = [name for name in _names(result) if any(row["engines"][name]["setting"] for row in result["rows"])]
    rows: list[tuple[object, ...]] = [("restriction", "k", *names)]
    for row in result["rows"]:
        settings = [row["engines"][name]["setting"] for name in names]
        cells = [", ".join(f"{key} {value:,}" for key, value in one.items()) for one in settings]
        rows.append((row["restriction"] or "(none)", row["k"], *cells))
    return rows


def _built(result: dict[str, Any]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [("", "CPU s", "memory of its own, MB")]
    for name in _names(result):
        one = result["built"][name]
        held = one["opened"]["resident_mb"] if name == OWN else one["resident_mb"]
        rows.append((ENGINES[name].title, "built in an earlier run" if one.get("loaded") else one["cpu_s"], held))
    return rows


def _head(result: dict[str, Any]) -> str:
    left = "".join(f" Left out: {one}." for one in result["missing"])
    return (
        f"{result['videos']:,} x {result['dim']}, queries per CPU-second and, in brackets, recall; * marks what does "
        f"not reach {result['target']:.0%}. The ratio is to the fastest peer that does: median, and least and greatest "
        f"of the rounds.{left}"
    )
