from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vibekit.core.media import FrameSampling, MediaKind, MediaPlan, VerdictState
from vibekit.errors import InputError
from vibekit.media.pool import MediaPool

FRAMES = MediaPlan(kind=MediaKind.FRAMES, sampling=FrameSampling(frames=4), audio=True)

PARENT = """
import sys, time
from concurrent.futures import wait
from support.jobs import spin
from vibekit.media.pool import MediaPool

if __name__ == "__main__":
    pool = MediaPool(2, 600)
    ready = [pool._submit("support.jobs:process", (), str) for _ in range(2)]
    stuck = [pool._submit("support.jobs:spin", (0.0,), str), pool._submit("support.jobs:sleep", (600.0,), str)]
    print(*sorted({f.result()[0] for f in ready}), flush=True)
    while not all(f.running() for f in stuck):
        time.sleep(0.05)
    print("busy", flush=True)
    time.sleep(600)
"""


def test_inspect_hashes_and_probes(clips: dict[str, Path], pool: MediaPool) -> None:
    path = clips["turned_90.mp4"]
    seen = pool.inspect(path).result()
    assert seen.video_id == hashlib.sha256(path.read_bytes()).hexdigest()[:32] == pool.identify(path).result()
    assert (seen.bytes, seen.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
    assert seen.probe == pool.probe(path).result()
    assert seen.probe.video is not None
    assert (seen.probe.video.width, seen.probe.video.height, seen.probe.video.rotation) == (180, 320, 90)


def test_take_follows_the_plan(clips: dict[str, Path], pool: MediaPool) -> None:
    path = clips["gop60.mp4"]
    framed = pool.take(path, FRAMES, 2.0).result()
    assert framed.frames is not None
    assert len(framed.frames.frames) == 4
    assert framed.sound is not None
    assert framed.sound.duration_s == pytest.approx(2.0)
    measured = pool.take(path, MediaPlan(kind=MediaKind.SIGNALS), 2.0).result()
    assert measured.measurements is not None
    assert measured.measurements.values


def test_a_silent_video_has_no_sound(clips: dict[str, Path], pool: MediaPool) -> None:
    assert pool.take(clips["no_audio.mp4"], FRAMES, 2.0).result().sound is None


@pytest.mark.parametrize("kind", [MediaKind.FRAMES, MediaKind.SIGNALS])
def test_a_missing_file_is_a_failed_verdict(kind: MediaKind, tmp_path: Path, pool: MediaPool) -> None:
    plan = MediaPlan(kind=kind, sampling=FrameSampling())
    taken = pool.take(tmp_path / "gone.mp4", plan, 1.0).result()
    assert taken.frames is not None
    assert taken.frames.verdict.state is VerdictState.FAILED
    assert "No such file" in taken.frames.verdict.reason
    seen = pool.inspect(tmp_path / "gone.mp4").result()
    assert seen.video_id is None
    assert "No such file" in seen.probe.problem


def test_any_name_works(clips: dict[str, Path], tmp_path: Path, pool: MediaPool) -> None:
    names = [
        b"-dash.mp4", b"two\nlines.mp4", b"quote'\".mp4", "\U0001f600.mp4".encode(), b"not\xffutf8.mp4",
        b"concat:a|b.mp4", b"http:x.mp4", b"pipe:0", b"data:,x.mp4", b"%03d.mp4", b"file:twice.mp4",
    ]  # fmt: skip
    data = clips["no_audio.mp4"].read_bytes()
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(data)  # noqa: PTH118 - bytes
        for path in (os.path.join(os.fsencode(tmp_path), name), tmp_path / os.fsdecode(name)):  # noqa: PTH118
            assert pool.inspect(path).result().probe.problem == ""
            frames = pool.take(path, FRAMES, 1.0).result().frames
            assert frames is not None
            assert frames.verdict.state is VerdictState.OK


def test_unknown_decoder_is_refused_before_anything_starts() -> None:
    with pytest.raises(InputError, match="unknown decoder 'pyavv'"):
        MediaPool(1, 10, decoder="pyavv")


def test_a_closed_pool_cancels_what_waits_and_takes_nothing_more(clips: dict[str, Path]) -> None:
    pool = MediaPool(1, 60)
    futures = [pool.inspect(clips["gop60.mp4"]) for _ in range(50)]
    pool.close()
    pool.close()
    assert all(future.done() for future in futures)
    with pytest.raises(RuntimeError, match="closed"):
        pool.inspect(clips["gop60.mp4"])


@pytest.mark.slow
def test_no_worker_survives_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    support = str(Path(__file__).parents[1])
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": support}
    )
    assert parent.stdout is not None
    with parent.stdout:
        workers = [int(word) for word in parent.stdout.readline().split()]
        assert workers
        assert parent.stdout.readline() == "busy\n"
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 60
    while any(_alive(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(_alive(worker) for worker in workers)


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


@pytest.mark.slow
def test_an_interrupt_leaves_workers_to_the_parent(clips: dict[str, Path], tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, signal, sys\n"
        "from vibekit.media.pool import MediaPool\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, lambda *_: None)\n"
        "    os.setpgid(0, 0)\n"
        "    with MediaPool(1, 60) as pool:\n"
        "        first = pool.inspect(sys.argv[1])\n"
        "        os.killpg(0, signal.SIGINT)\n"
        "        second = pool.inspect(sys.argv[1])\n"
        "        os.killpg(0, signal.SIGINT)\n"
        "        print(first.result().probe.problem + second.result().probe.problem + 'fine')\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(clips["gop60.mp4"])], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout, done.stderr) == ("fine\n", "")
