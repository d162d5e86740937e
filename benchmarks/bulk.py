"""Bulk annotation against the ideal, and beside a plain loop around the SDK on the same server.

Wall time is that of the whole command from a cold start: imports, hashing, probing, asking, export. The ideal is the
time that the server took over all answers, divided by the calls in flight. CPU per call is told apart: asking (the
first process less start-up and probing), and the workers, which decode. The server shares the machine; its own CPU is
in the table.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plain, process
from benchmarks.clips import noisy_clips, small_clips, write_titles
from benchmarks.loopback import LATENCY, Loopback, annotate, environment, read_lines, serving
from benchmarks.results import spread, table

if TYPE_CHECKING:
    from benchmarks.options import Options
    from benchmarks.plain import Transport

CONCURRENCY = 64
FRAMES = 16
AIMS = {"wall_over_ideal": 1.05, "wall_over_ideal_at_most": 1.10, "cpu_over_plain_at_most": 1.3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run over the clips.

    Attributes:
        who: ``vibekit``, or ``plain`` with the transport.
        videos: How many.
        labelled: How many got a label.
        exit_code: Of the command.
        wall_s: The whole command.
        ideal_s: Sum of the server's times over the calls in flight.
        wall_over_ideal: Their ratio.
        cpu_ms: CPU of the command and its workers over the videos, start-up and probing included.
        asking_cpu_ms: CPU per call of the first process, start-up and probing taken off.
        workers_cpu_ms: CPU per call of the workers, start-up and probing taken off.
        server_cpu_ms: CPU per call of the server.
        peak_mb: Peak memory of the first process.
        tree_peak_mb: Peak memory with the workers.
        in_flight: Most calls at once, as the server saw it.
    """

    who: str
    videos: int
    labelled: int
    exit_code: int
    wall_s: float
    ideal_s: float
    wall_over_ideal: float
    cpu_ms: float
    asking_cpu_ms: float
    workers_cpu_ms: float
    server_cpu_ms: float
    peak_mb: float | None
    tree_peak_mb: float | None
    in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """CPU seconds that a command uses whatever it asks: of the first process, and of the workers."""

    main_s: float = 0.0
    workers_s: float = 0.0
    main_per_file_s: float = 0.0
    workers_per_file_s: float = 0.0


def run(options: Options) -> dict[str, Any]:
    """Measure clips sent as they are, then frames."""
    server = options.server
    count = options.count(10_000, quick=600)
    small = [count] if options.quick else [count, max(1, count // 10), max(1, count // 10)]
    heavy = [max(1, count // 6)] if options.quick else [max(1, count // 20)] * 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = small_clips(folder / "small", count)
        video = Comparison(server, folder / "video", clips, ("--media", "video"), pictures=None)
        by_video = video.compare(small, first_with=("default",) if not options.quick else ("default", "httpx2"))
        noisy = noisy_clips(folder / "noisy", max(heavy))
        pictures = encoded(next(noisy.iterdir()), folder / "pictures")
        words = ("--media", "frames", "--frames", str(FRAMES))
        frames = Comparison(server, folder / "frames", noisy, words, pictures=pictures)
        by_frames = frames.compare(heavy, first_with=("default", "httpx2"))
    return {"concurrency": CONCURRENCY, "latency": LATENCY, "aims": AIMS, "video": by_video, "frames": by_frames}


class Comparison:
    """Runs vibekit and the plain loop over the same clips, each against a fresh server."""

    def __init__(
        self, server: Path, folder: Path, clips: Path, words: tuple[str, ...], *, pictures: Path | None
    ) -> None:
        folder.mkdir(parents=True)
        self._server, self._folder, self._clips, self._pictures = server, folder, clips, pictures
        self._titles = write_titles(clips, folder / "titles.csv")
        self._words = (*words, "--metadata", str(folder / "titles.csv"), "--concurrency", str(CONCURRENCY))
        self._runs = 0

    def compare(self, rounds: list[int], *, first_with: tuple[Transport, ...]) -> dict[str, Any]:
        """Run a round for each number of videos, vibekit and the plain loop in turns.

        Args:
            rounds: Videos of each round.
            first_with: Transports of the plain loop in the first round; the others have all.
        """
        known = self._fixed_of_vibekit()
        fixed: dict[Transport, Fixed] = {t: self._fixed_of_plain(t) for t in ("default", "httpx2")}
        rows: list[list[Row]] = []
        for number, count in enumerate(rounds):
            transports = first_with if number == 0 else tuple(fixed)
            row = [self._vibekit(count, known), *(self._plain(count, t, fixed[t]) for t in transports)]
            rows.append(row)
            print(table([tuple(asdict(row[0])), *(tuple(_short(r).values()) for r in row)]), flush=True)
        return {
            "rounds": [[_short(r) for r in row] for row in rows],
            "fixed_cpu_s": {"vibekit": asdict(known), **{f"plain {t}": f.main_s for t, f in fixed.items()}},
            "wall_over_ideal": spread([row[0].wall_over_ideal for row in rows]),
            "asking_cpu_over_plain": _ratios(rows, "asking_cpu_ms"),
            "whole_cpu_over_plain": _ratios(rows, "cpu_ms"),
        }

    def _fixed_of_vibekit(self) -> Fixed:
        """Tell start-up (a run over one file) and probing (dry runs over one file and over all) apart."""
        single = self._clips / next(iter(self._titles))
        one = self._measure(self._command(clips=single))[0]
        dry = self._measure(self._command("--dry-run", clips=single))[0]
        all_files = self._measure(self._command("--dry-run"))[0]
        files = max(1, len(self._titles) - 1)
        return Fixed(
            main_s=_main(one),
            workers_s=one.workers_cpu_s or 0.0,
            main_per_file_s=max(0.0, (_main(all_files) - _main(dry)) / files),
            workers_per_file_s=max(0.0, ((all_files.workers_cpu_s or 0.0) - (dry.workers_cpu_s or 0.0)) / files),
        )

    def _fixed_of_plain(self, transport: Transport) -> Fixed:
        return Fixed(main_s=self._measure(self._plain_command(1, transport)[1])[0].cpu_s)

    def _vibekit(self, count: int, fixed: Fixed) -> Row:
        command = self._command("--limit", str(count))
        used, server = self._measure(command)
        lines = read_lines(Path(command[command.index("--out") + 1]))
        return _row("vibekit", count, used, server, fixed, labelled=sum(x["status"] == "ok" for x in lines))

    def _plain(self, count: int, transport: Transport, fixed: Fixed) -> Row:
        folder, command = self._plain_command(count, transport)
        used, server = self._measure(command)
        labelled = sum(answer["label"] is not None for answer in plain.read_answers(folder))
        return _row(f"plain {transport}", count, used, server, fixed, labelled=labelled)

    def _command(self, *words: str, clips: Path | None = None) -> list[str]:
        self._runs += 1
        return annotate(clips or self._clips, self._folder / f"run{self._runs}", *self._words, *words)

    def _plain_command(self, count: int, transport: Transport) -> tuple[Path, list[str]]:
        self._runs += 1
        folder = self._folder / f"plain{self._runs}"
        titles = dict(list(self._titles.items())[:count])
        return folder, plain.command(self._clips, titles, folder, pictures=self._pictures, transport=transport)

    def _measure(self, command: list[str]) -> tuple[process.Used, dict[str, Any]]:
        """Run a command against a fresh server; returns what it used and what the server saw."""
        with serving(self._server, self._folder / f"server{self._runs}", latency=LATENCY) as server:
            before = server.cpu_s()
            used = process.run(command, env=environment(server.url, self._folder), folder=self._folder)
            return used, {**_seen(server), "cpu_s": server.cpu_s() - before}


def encoded(clip: Path, folder: Path) -> Path:
    """Write the frames of a clip as the sampler takes them: the plain loop gets them ready-made."""
    from vibekit.core.media import FrameSampling
    from vibekit.media.pyav_frames import PyavFrames

    folder.mkdir()
    for number, frame in enumerate(PyavFrames().frames(str(clip), FrameSampling(frames=FRAMES)).frames):
        (folder / f"{number:02d}.jpg").write_bytes(frame.jpeg)
    return folder


def show(result: dict[str, Any]) -> None:
    """Print the ratios; the rows were printed as they came."""
    for media in ("video", "frames"):
        part = result[media]
        print(f"{media}: wall over ideal {part['wall_over_ideal']}")
        for name in ("asking_cpu_over_plain", "whole_cpu_over_plain"):
            print(f"{media}: {name.replace('_', ' ')}: {part[name]}")


def _seen(server: Loopback) -> dict[str, Any]:
    requests = server.requests()
    return {
        "requests": len(requests),
        "served_s": sum(row["ms"] for row in requests if row["status"] == 200) / 1000,
        "in_flight": max((row["in_flight"] for row in requests), default=0),
    }


def _main(used: process.Used) -> float:
    return used.cpu_s if used.main_cpu_s is None else used.main_cpu_s


def _row(who: str, count: int, used: process.Used, server: dict[str, Any], fixed: Fixed, *, labelled: int) -> Row:
    ideal = server["served_s"] / CONCURRENCY
    main = _main(used) - fixed.main_s - fixed.main_per_file_s * count
    workers = (used.workers_cpu_s or 0.0) - fixed.workers_s - fixed.workers_per_file_s * count
    return Row(
        who=who,
        videos=count,
        labelled=labelled,
        exit_code=used.exit_code,
        wall_s=used.wall_s,
        ideal_s=ideal,
        wall_over_ideal=used.wall_s / max(ideal, 1e-9),
        cpu_ms=1000 * used.cpu_s / count,
        asking_cpu_ms=1000 * main / max(1, count - 1),
        workers_cpu_ms=1000 * workers / max(1, count - 1),
        server_cpu_ms=1000 * server["cpu_s"] / max(1, server["requests"]),
        peak_mb=used.peak_mb,
        tree_peak_mb=used.tree_peak_mb,
        in_flight=server["in_flight"],
    )


def _short(row: Row) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(row).items()}


def _ratios(rows: list[list[Row]], name: str) -> dict[str, dict[str, float]]:
    """Return the ratio of vibekit to each plain loop, within a round, and its spread over the rounds."""
    found: dict[str, list[float]] = {}
    for ours, *others in rows:
        for other in others:
            found.setdefault(other.who, []).append(getattr(ours, name) / max(1e-9, getattr(other, name)))
    return {who: spread(ratios) for who, ratios in found.items()}
