"""A service with limits: how much of what it allows is used, and how many requests it has to refuse.

The server counts accepted requests in a sliding minute. What is used is told in two ways: accepted requests in whole
minutes over those allowed, and the shortest time in which the rule lets so many requests through over the time taken.
Requests above ``max_in_flight`` get a 503.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import process
from benchmarks.bulk import CONCURRENCY
from benchmarks.clips import small_clips
from benchmarks.loopback import LATENCY, annotate, environment, read_lines, serving
from benchmarks.results import table

if TYPE_CHECKING:
    from benchmarks.options import Options

RPM = 600
TOKENS_SHARE = 0.6
"""The limit on tokens, as a share of what ``RPM`` requests carry."""
IN_FLIGHT = 24
WINDOW_S = 60.0
AIMS = {"used_at_least": 0.90, "refused_at_most": 0.03}


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one command under one limit.

    Attributes:
        case: Which limit.
        videos: How many.
        labelled: How many got a label.
        exit_code: Of the command.
        wall_s: Of the command.
        requests: That the server saw.
        refused: Share of them that it answered with 429 or 503.
        used: Share of what is allowed that was accepted, over whole minutes from the first request; None when it
            did not last a minute.
        by_minute: The same for each of these minutes.
        shortest_over_actual: The shortest time that the rule allows over the time from first to last accepted.
        smooth_over_actual: The same for (accepted - allowed in a minute) at the even rate.
    """

    case: str
    videos: int
    labelled: int
    exit_code: int
    wall_s: float
    requests: int
    refused: float
    used: float | None
    by_minute: list[float]
    shortest_over_actual: float | None
    smooth_over_actual: float | None


def run(options: Options) -> dict[str, Any]:
    """Meet each limit in turn."""
    server, count = options.server, options.count(2000, quick=750)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = small_clips(folder, count)
        bench = _Bench(server, folder, clips)
        cases = [bench.case("rpm, told when to come back", count, allowed=RPM, rpm=RPM)]
        tokens = bench.tokens_per_request
        tpm = round(RPM * TOKENS_SHARE * tokens)
        if not options.quick:
            fewer = round(count * TOKENS_SHARE)
            cases += [
                bench.case("rpm, only RetryInfo", count, allowed=RPM, rpm=RPM, retry_after=False),
                bench.case("rpm, told nothing", count, allowed=RPM, rpm=RPM, retry_after=False, retry_info=False),
                bench.case("rpm, given as --rpm", count, "--rpm", str(RPM), allowed=RPM, rpm=RPM),
                bench.case("tpm", fewer, allowed=RPM * TOKENS_SHARE, tpm=tpm),
                bench.case("tpm, given as --tpm", fewer, "--tpm", str(tpm), allowed=RPM * TOKENS_SHARE, tpm=tpm),
            ]
        crowd = bench.crowd(min(count, 1000))
    return {
        "rpm": RPM,
        "tpm": tpm,
        "tokens_per_request": tokens,
        "concurrency": CONCURRENCY,
        "latency": LATENCY,
        "aims": AIMS,
        "cases": [asdict(case) for case in cases],
        "max_in_flight": crowd,
    }


class _Bench:
    """Runs the command over the first clips against a fresh server with a limit."""

    def __init__(self, server: Path, folder: Path, clips: Path) -> None:
        self._server, self._folder, self._clips = server, folder, clips
        self._runs = 0
        self.tokens_per_request = 0.0

    def case(self, name: str, count: int, *words: str, allowed: float, **limits: Any) -> Came:  # noqa: ANN401
        """Run under a limit that allows so many requests a minute."""
        used, rows, labelled = self._run(count, *words, **limits)
        accepted = [row["t"] for row in rows if row["status"] == 200]
        if accepted:
            self.tokens_per_request = sum(row.get("prompt_tokens", 0) for row in rows) / len(rows)
        begin = rows[0]["t"] if rows else 0.0
        lasted = max(accepted, default=begin) - begin
        minutes = int(lasted // WINDOW_S)
        by_minute = [
            sum(m * WINDOW_S <= t - begin < (m + 1) * WINDOW_S for t in accepted) / allowed for m in range(minutes)
        ]
        came = Came(
            case=name,
            videos=count,
            labelled=labelled,
            exit_code=used.exit_code,
            wall_s=round(used.wall_s, 1),
            requests=len(rows),
            refused=_refused(rows),
            used=round(sum(by_minute) / minutes, 3) if minutes else None,
            by_minute=[round(share, 3) for share in by_minute],
            shortest_over_actual=_over(WINDOW_S * ((len(accepted) - 1) // allowed), lasted),
            smooth_over_actual=_over((len(accepted) - allowed) / allowed * WINDOW_S, lasted),
        )
        print(f"  {came.case}: {asdict(came)}", flush=True)
        return came

    def crowd(self, count: int) -> dict[str, Any]:
        """Run against a server that bears fewer calls at once than there are workers."""
        used, rows, labelled = self._run(count, max_in_flight=IN_FLIGHT, overload_code=503)
        accepted = [row for row in rows if row["status"] == 200]
        served_s = sum(row["ms"] for row in accepted) / 1000
        lasted = max((row["t"] + row["ms"] / 1000 for row in accepted), default=0.0) - min(
            (row["t"] for row in accepted), default=0.0
        )
        came = {
            "in_flight": IN_FLIGHT,
            "videos": count,
            "labelled": labelled,
            "exit_code": used.exit_code,
            "wall_s": round(used.wall_s, 1),
            "requests": len(rows),
            "refused": _refused(rows),
            "throughput_over_ideal": _over(served_s / IN_FLIGHT, lasted),
        }
        print(f"  max_in_flight: {came}", flush=True)
        return came

    def _run(
        self,
        count: int,
        *words: str,
        **limits: Any,  # noqa: ANN401 - JSON values
    ) -> tuple[process.Used, list[dict[str, Any]], int]:
        self._runs += 1
        out = self._folder / f"run{self._runs}"
        limited = ("--media", "video", "--concurrency", str(CONCURRENCY), "--limit", str(count), *words)
        with serving(self._server, self._folder / f"server{self._runs}", latency=LATENCY, **limits) as server:
            env = environment(server.url, self._folder)
            used = process.run(annotate(self._clips, out, *limited), env=env, folder=self._folder)
            return used, server.requests(), sum(line["status"] == "ok" for line in read_lines(out))


def show(result: dict[str, Any]) -> None:
    """Print a line for every limit."""
    rows: list[tuple[object, ...]] = [
        ("limit", "labelled", "requests", "refused", "used", "by minute", "shortest/actual")
    ]
    for case in result["cases"]:
        by_minute = " ".join(f"{share:.2f}" for share in case["by_minute"])
        counts = (f"{case['labelled']} of {case['videos']}", case["requests"], f"{case['refused']:.1%}")
        rows.append((case["case"], *counts, case["used"], by_minute, case["shortest_over_actual"]))
    crowd = result["max_in_flight"]
    counts = (f"{crowd['labelled']} of {crowd['videos']}", crowd["requests"], f"{crowd['refused']:.1%}")
    rows.append((f"{crowd['in_flight']} in flight", *counts, crowd["throughput_over_ideal"], "", ""))
    print(table(rows))


def _refused(rows: list[dict[str, Any]]) -> float:
    return round(sum(row["status"] in (429, 503) for row in rows) / max(1, len(rows)), 4)


def _over(part_s: float, whole_s: float) -> float | None:
    """Return a ratio of times; None when nothing lasted."""
    return round(part_s / whole_s, 3) if whole_s > 0 else None
