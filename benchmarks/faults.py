"""A service that fails: mixed faults on one call in five, then every kind of fault by itself.

Labels are scripted by title, so that a wrong one is seen. The plain loop around the SDK meets the same faults.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plain, process
from benchmarks.clips import scripted, small_clips, write_titles
from benchmarks.loopback import annotate, environment, read_lines, serving
from benchmarks.results import table

if TYPE_CHECKING:
    from benchmarks.options import Options

ATTRIBUTE = "calming"
MIXED = ("429", "500", "503", "reset", "reset_mid", "hang", "malformed_json", "max_tokens", "empty")
SHARE = 0.2
SINGLE = (
    *("400", "401", "403", "404", "429", "499", "500", "502", "503", "504"),
    *("reset", "disconnect", "reset_mid", "hang", "malformed_http"),
    *("malformed_json", "max_tokens", "safety", "recitation", "block_prompt", "empty", "no_parts", "thought_only"),
    *("wrong_types", "missing_key", "fenced", "prose", "wrong_echo"),
)
SINGLE_SHARE, SINGLE_CLIPS = 0.5, 20
LATENCY = {"kind": "lognormal", "median": 0.3, "sigma": 0.5, "max": 2.0}
TIMEOUT_S = 4.0
CLIP_BYTES = 20_000
AIMS = {"requests_per_label_at_most": 1.35, "wrong_labels": 0, "missing": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one command.

    Attributes:
        statuses: Status -> videos.
        missing: Videos without any outcome.
        wrong_labels: Labels that are not the scripted ones, and labels on outcomes that are no answers.
        requests: Requests that the server saw.
        requests_per_label: Over the videos with a label; None without any.
        exit_code: Of the command.
        wall_s: Of the command.
        reasons: Why there is no label, the most common first -> videos.
    """

    statuses: dict[str, int]
    missing: int
    wrong_labels: int
    requests: int
    requests_per_label: float | None
    exit_code: int
    wall_s: float
    reasons: dict[str, int]


def run(options: Options) -> dict[str, Any]:
    """Meet mixed faults, then one kind after the other."""
    server, count = options.server, options.count(2000, quick=300)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = small_clips(folder, max(count, SINGLE_CLIPS), size=CLIP_BYTES)
        bench = _Bench(server, folder, clips)
        mixed = dict.fromkeys(MIXED, SHARE / len(MIXED))
        found: dict[str, Any] = {
            "videos": count,
            "share": SHARE,
            "kinds": list(MIXED),
            "aims": AIMS,
            "vibekit": asdict(bench.vibekit("mixed", count, mixed)),
            "plain": asdict(bench.plain("mixed", count, mixed)),
        }
        _print_mixed(found)
        kinds = SINGLE[:: 7 if options.quick else 1]
        rates = {kind: {kind: SINGLE_SHARE} for kind in kinds}
        found["one_by_one"] = {
            kind: {
                "vibekit": asdict(bench.vibekit(kind, SINGLE_CLIPS, rates[kind])),
                "plain": asdict(bench.plain(kind, SINGLE_CLIPS, rates[kind])),
            }
            for kind in kinds
        }
    return found


class _Bench:
    """Runs commands over the first clips against a fresh server with faults, and compares every label."""

    def __init__(self, server: Path, folder: Path, clips: Path) -> None:
        self._server, self._folder, self._clips = server, folder, clips
        self._table = folder / "titles.csv"
        self._titles = write_titles(clips, self._table)
        self._labels = scripted(self._titles, attribute=ATTRIBUTE)

    def vibekit(self, name: str, count: int, faults: dict[str, float]) -> Came:
        out = self._folder / f"run-{name}"
        words = ("--media", "video", "--metadata", str(self._table), "--limit", str(count))
        limits = ("--timeout", str(TIMEOUT_S), "--concurrency", "64", "--max-attempts", "8")
        used, requests = self._run(annotate(self._clips, out, *words, *limits), name, count, faults)
        outcomes = [(Path(x["path"]).name, str(x["status"]), x["label"], str(x["reason"])) for x in read_lines(out)]
        return self._came(outcomes, used, requests, count)

    def plain(self, name: str, count: int, faults: dict[str, float]) -> Came:
        folder, titles = self._folder / f"plain-{name}", dict(list(self._titles.items())[:count])
        command = plain.command(self._clips, titles, folder, attribute=ATTRIBUTE, timeout_s=TIMEOUT_S)
        used, requests = self._run(command, f"plain-{name}", count, faults)
        outcomes = [
            (x["file"], "lost" if x["label"] is None else "ok", x["label"], x["error"])
            for x in plain.read_answers(folder)
        ]
        return self._came(outcomes, used, requests, count)

    def _run(self, command: list[str], name: str, count: int, faults: dict[str, float]) -> tuple[process.Used, int]:
        titles = list(self._titles.values())[:count]
        labels = {title: self._labels[title] for title in titles}
        where = self._folder / f"server-{name}"
        with serving(self._server, where, latency=LATENCY, faults=faults, labels=labels) as server:
            used = process.run(command, env=environment(server.url, self._folder), folder=self._folder)
            return used, len(server.requests())

    def _came(self, outcomes: list[tuple[str, str, Any, str]], used: process.Used, requests: int, count: int) -> Came:
        statuses, reasons, wrong = Counter[str](), Counter[str](), 0
        for file, status, label, reason in outcomes:
            statuses[status] += 1
            wanted = self._labels[self._titles[file]][ATTRIBUTE] if status == "ok" else None
            wrong += label is not wanted
            reasons.update([reason[:120]] if reason else [])
        labelled = statuses["ok"]
        return Came(
            statuses=dict(statuses),
            missing=count - len({outcome[0] for outcome in outcomes}),
            wrong_labels=wrong,
            requests=requests,
            requests_per_label=round(requests / labelled, 3) if labelled else None,
            exit_code=used.exit_code,
            wall_s=round(used.wall_s, 2),
            reasons=dict(reasons.most_common(3)),
        )


def show(result: dict[str, Any]) -> None:
    """Print what came of every kind by itself; the mixed ones were printed as they came."""
    rows: list[tuple[object, ...]] = [
        ("fault", "statuses", "missing", "wrong", "requests", "exit", "s", "plain: statuses", "wrong", "requests")
    ]
    for kind, both in result["one_by_one"].items():
        ours, other = both["vibekit"], both["plain"]
        left = (json.dumps(ours["statuses"]), ours["missing"], ours["wrong_labels"], ours["requests"])
        right = (json.dumps(other["statuses"]), other["wrong_labels"], other["requests"])
        rows.append((kind, *left, ours["exit_code"], ours["wall_s"], *right))
    print(table(rows))


def _print_mixed(found: dict[str, Any]) -> None:
    print(f"{found['videos']} videos, {found['share']:.0%} of calls fail, nine kinds")
    for who in ("vibekit", "plain"):
        print(f"  {who}: {json.dumps(found[who])}", flush=True)
