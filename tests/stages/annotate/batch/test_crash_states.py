"""Every state that a crash can leave on the disk is gone on from: no answer is lost, and none is paid for again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.batch_project import BatchProject
from support.gemini_server import GeminiServer

CLIPS = 4


def states(run: Path) -> Iterator[tuple[int, int]]:
    """Yield how many bytes of (``batches.jsonl``, ``annotations.jsonl``) are there after each write of a run."""
    events = (run / "batches.jsonl").read_bytes().splitlines(keepends=True)
    lines = (run / "annotations.jsonl").read_bytes().splitlines(keepends=True)
    offsets = [row["offset"] for row in map(json.loads, events) if row["event"] == "collected"]
    written = seen = done = 0
    for raw in events:
        seen += len(raw)
        if json.loads(raw)["event"] == "collected":
            yield seen, done
            upto = [*offsets, sum(map(len, lines))][offsets.index(done) + 1]
            while done < upto:
                done += len(lines[written])
                written += 1
                yield seen, done
        else:
            yield seen, done


@pytest.mark.slow
@pytest.mark.parametrize("samples", [1, 2])
def test_every_prefix_of_the_two_files(project: BatchProject, server: GeminiServer, samples: int) -> None:
    request = {"limit": CLIPS}
    project.run(request=request, samples=samples, batch_requests=2 * samples, cache=False)
    made = dict(server.batches.jobs)
    total = sum(json.loads(line)["cost_usd"] for line in (project.out / "annotations.jsonl").read_text().splitlines())
    cuts = list(states(project.out))
    assert len(cuts) >= 2 + 2 + 2 + CLIPS
    for n, (events, lines) in enumerate(cuts):
        copy = project.folder / f"copy-{n}"
        shutil.copytree(project.out, copy)
        with (copy / "batches.jsonl").open("r+b") as stream:
            stream.truncate(events + (5 if n % 2 else 0))
        with (copy / "annotations.jsonl").open("r+b") as stream:
            stream.truncate(lines)
        # an intent that is not there was of a job that was not made either
        intended = {json.loads(x)["job"] for x in (copy / "batches.jsonl").read_bytes()[:events].splitlines()}
        server.batches.jobs = {k: v for k, v in made.items() if v["display"] in intended}
        server.paid.clear()
        report = project.run(request={**request, "out": copy}, samples=samples, batch_requests=2 * samples, cache=False)
        assert report.stopped == ""
        again = [job for name, job in server.batches.jobs.items() if name not in made or job is not made[name]]
        assert sum(len(job["lines"]) for job in again) == samples * (CLIPS - 2 * len(intended)), (n, events, lines)
        rows = [json.loads(line) for line in (copy / "annotations.jsonl").read_text().splitlines()]
        assert len(rows) == len({row["key"] for row in rows}) == CLIPS
        assert all(row["label"] == project.script[Path(row["path"]).name] for row in rows)
        assert sum(row["cost_usd"] for row in rows) == pytest.approx(total, rel=1e-6)
        assert server.calls == []
