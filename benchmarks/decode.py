"""CPU and correctness of frame sampling: vibekit against decord2, PyAV decoding everything, and OpenCV.

CPU is user + system time of a fresh process, children included, imports excluded, for 16 frames of 512 pixels as JPEG
(quality 85). The decoders take turns, so that a busy machine slows all of them alike; ratios are taken within a round.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from bisect import bisect_right
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.options import Options

FRAMES, LONG_SIDE, QUALITY = 16, 512, 85
CPU_LIMIT_S, WALL_LIMIT_S = 40, 180
BASELINE = "decord2"
GREEN = "bad/imageio_cockatoo_seek_green.mp4"
HANGS = "decode/odd_elst_tail_cut.mp4"
SPEED_PATTERNS = ("h264_*", "hevc_*", "vp9_*", "av1_*")


def vibekit_frames(mode: str) -> Callable[[str], int]:
    from vibekit.core.media import FrameSampling, SamplingMode
    from vibekit.media.pyav_frames import PyavFrames

    sampling = FrameSampling(frames=FRAMES, mode=SamplingMode(mode), near=0.5, long_side=LONG_SIDE, quality=QUALITY)
    return lambda path: len(PyavFrames().frames(path, sampling).frames)


def _size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONG_SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def decord_frames() -> Callable[[str], int]:
    import av
    import decord
    import simplejpeg

    decord.logging.set_level(decord.logging.QUIET)

    def run(path: str) -> int:
        with av.open(path) as container:
            width, height = _size(container.streams.video[0].width, container.streams.video[0].height)
        reader = decord.VideoReader(path, ctx=decord.cpu(0), num_threads=1, width=width, height=height)
        count = len(reader)
        pictures = reader.get_batch([int((k + 0.5) * count / FRAMES) for k in range(FRAMES)]).asnumpy()
        return len([simplejpeg.encode_jpeg(p, quality=QUALITY, colorsubsampling="420") for p in pictures])

    return run


def pyav_everything() -> Callable[[str], int]:
    import av

    from vibekit.media.pictures import PictureEncoder

    def run(path: str) -> int:
        encoder = PictureEncoder(long_side=LONG_SIDE, quality=QUALITY, shape=None)
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            count = stream.frames or sum(1 for p in container.demux(stream) if p.size)
            container.seek(0)
            wanted = {int((k + 0.5) * count / FRAMES) for k in range(FRAMES)}
            taken = [encoder.encode(f) for n, f in enumerate(container.decode(stream)) if n in wanted]
        return len(taken)

    return run


def opencv_frames() -> Callable[[str], int]:
    import cv2

    cv2.setNumThreads(1)

    def run(path: str) -> int:
        capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        count, taken = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0
        for k in range(FRAMES):
            capture.set(cv2.CAP_PROP_POS_FRAMES, int((k + 0.5) * count / FRAMES))
            there, picture = capture.read()
            if there:
                small = cv2.resize(picture, _size(picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_AREA)
                taken += bool(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[0])
        return taken

    return run


DECODERS: dict[str, Callable[[], Callable[[str], int]]] = {
    "vibekit exact": lambda: vibekit_frames("exact"),
    "vibekit near 0.5": lambda: vibekit_frames("near"),
    BASELINE: decord_frames,
    "PyAV, all frames": pyav_everything,
    "OpenCV": opencv_frames,
}


def measure_one(decoder: str, clip: str, warm_up: str) -> dict[str, Any]:
    """Run one decoder on one clip in this process."""
    run = DECODERS[decoder]()
    if warm_up:
        run(warm_up)
    before = _cpu_s()
    frames = run(clip)
    return {"cpu_ms": round((_cpu_s() - before) * 1000, 1), "frames": frames}


def _cpu_s() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def in_process(*arguments: str) -> dict[str, Any]:
    """Run this file in a fresh process; one that does not come back within its limits is killed and said so."""
    command = [sys.executable, __file__, *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=WALL_LIMIT_S, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S + 5)),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"error": f"no answer within {WALL_LIMIT_S} s, killed"}
    if done.returncode < 0:
        return {"error": f"killed by signal {-done.returncode} (limit: {CPU_LIMIT_S} CPU seconds)"}
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return {"error": lines[-1][:160]}
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def speed(data: Path, rounds: int) -> dict[str, Any]:
    """Return CPU per decoder and clip, with ratios to the baseline."""
    clips = sorted(clip for pattern in SPEED_PATTERNS for clip in (data / "decode").glob(pattern))
    warm_up = str(data / "bad/decord_rot90.mov")
    table: dict[str, Any] = {}
    for clip in clips:
        answers: dict[str, list[dict[str, Any]]] = {name: [] for name in DECODERS}
        for _ in range(rounds):
            for name in DECODERS:
                answers[name].append(in_process("one", name, str(clip), warm_up))
        table[clip.name] = {name: _summary(answers[name], answers[BASELINE]) for name in DECODERS}
    return table


def _summary(answers: list[dict[str, Any]], baseline: list[dict[str, Any]]) -> dict[str, Any]:
    failed = next((a["error"] for a in answers if "error" in a), None)
    if failed:
        return {"error": failed}
    times = [a["cpu_ms"] for a in answers]
    summary = {"cpu_ms": _spread(times), "frames": answers[0]["frames"]}
    pairs = [(a["cpu_ms"], b["cpu_ms"]) for a, b in zip(answers, baseline, strict=True) if "cpu_ms" in b]
    if pairs:
        summary["ratio"] = _spread([a / b for a, b in pairs], 3)
    return summary


def _spread(values: list[float], digits: int = 1) -> dict[str, float]:
    return {
        "median": round(median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
    }


def check_clip(clip: str) -> dict[str, Any]:
    """Compare vibekit with decoding in order: which pictures, and their bytes."""
    import av

    from vibekit.core.media import FrameSampling, SamplingMode
    from vibekit.media.pictures import PictureEncoder
    from vibekit.media.pyav_frames import PyavFrames

    av.logging.set_level(av.logging.PANIC)
    with av.open(clip) as container:
        best = container.streams.best("video")
        assert best is not None
        stream = next(s for s in container.streams.video if s.index == best.index)
        encoder = PictureEncoder(long_side=LONG_SIDE, quality=QUALITY, shape=stream.sample_aspect_ratio)
        shown, last, base = {}, 0, stream.time_base
        for frame in container.decode(stream):
            if frame.pts is not None:
                shown[frame.pts] = encoder.encode(frame).jpeg
                last = max(last, frame.pts + frame.duration)
    assert base is not None
    order = sorted(shown)
    span = max(last, order[-1] + 1) - order[0]
    centres = [order[0] + Fraction((2 * k + 1) * span, 2 * FRAMES) for k in range(FRAMES)]
    expected = (
        sorted({bisect_right(order, c) - 1 for c in centres}) if len(order) >= FRAMES else list(range(len(order)))
    )
    answer: dict[str, Any] = {"pictures_in_file": len(order)}
    for mode in SamplingMode:
        taken = PyavFrames().frames(clip, FrameSampling(frames=FRAMES, mode=mode, long_side=LONG_SIDE, quality=QUALITY))
        numbers = [order.index(order[0] + round(Fraction(f.time_s) / base)) for f in taken.frames]
        same = [shown[order[n]] == f.jpeg for n, f in zip(numbers, taken.frames, strict=True)]
        answer[str(mode)] = {
            "numbers": numbers,
            "numbers_equal": numbers == expected if mode is SamplingMode.EXACT else None,
            "pictures_equal": all(same) and len(same) > 0,
            "verdict": str(taken.verdict.state),
        }
    return answer


def correctness(data: Path) -> dict[str, Any]:
    """Check every undamaged clip, and the one on which seeking gives green pictures."""
    clips = [c for c in sorted((data / "decode").iterdir()) if not c.name.startswith("bad_")]
    green = data / GREEN
    return {clip.name: in_process("check", str(clip)) for clip in [*clips, *([green] if green.exists() else [])]}


def run(options: Options) -> dict[str, Any]:
    """Measure everything; the result is JSON."""
    # imported here: in the processes that measure, this file is a script and has no package
    from benchmarks.options import Skipped

    if not (options.data / "decode").is_dir():
        raise Skipped(f"no decode/ in {options.data} (set VIBEKIT_BENCH_DATA to a folder of clips)")
    return measure(options.data)


def measure(data: Path, rounds: int = 3) -> dict[str, Any]:
    """Measure everything; the result is JSON.

    Args:
        data: Folder with ``decode/`` and ``bad/``.
        rounds: Fresh processes per decoder and clip, 3 at least.
    """
    table = speed(data, max(3, rounds))
    checks = correctness(data)
    hang = in_process("one", BASELINE, str(data / HANGS), "") if (data / HANGS).exists() else {}
    return {
        "frames": FRAMES,
        "long_side": LONG_SIDE,
        "rounds": max(3, rounds),
        "load": os.getloadavg(),
        "speed": table,
        "correctness": checks,
        "exact_numbers_equal": all(c.get("exact", {}).get("numbers_equal") for c in checks.values()),
        "pictures_equal": all(
            c.get(mode, {}).get("pictures_equal") for c in checks.values() for mode in ("exact", "near")
        ),
        f"{BASELINE} on {Path(HANGS).name}": hang,
    }


def show(result: dict[str, Any]) -> None:
    print(f"{'clip':28} {'decoder':18} {'CPU ms (min-max)':>22} {'ratio (min-max)':>22} frames")
    for clip, rows in result["speed"].items():
        for name, row in rows.items():
            if "error" in row:
                print(f"{clip:28} {name:18} {row['error']}")
                continue
            cpu, ratio = row["cpu_ms"], row.get("ratio")
            ratios = f"{ratio['median']:.2f} ({ratio['min']:.2f}-{ratio['max']:.2f})" if ratio else "-"
            times = f"{cpu['median']:.0f} ({cpu['min']:.0f}-{cpu['max']:.0f})"
            print(f"{clip:28} {name:18} {times:>22} {ratios:>22} {row['frames']:>6}")
    print()
    for clip, check in result["correctness"].items():
        if "error" in check:
            print(f"{clip:34} {check['error']}")
            continue
        exact, near = check["exact"], check["near"]
        print(
            f"{clip:34} exact numbers {'equal' if exact['numbers_equal'] else 'DIFFER'}, pictures "
            f"{'equal' if exact['pictures_equal'] else 'DIFFER'}; near pictures "
            f"{'equal' if near['pictures_equal'] else 'DIFFER'}"
        )
    print(f"\n{BASELINE} on {Path(HANGS).name}: {result[f'{BASELINE} on {Path(HANGS).name}']}")


def main() -> None:
    """Do one measurement or check in this process; ``in_process`` starts it so."""
    if sys.argv[1] == "one":
        print(json.dumps(measure_one(*sys.argv[2:5])))
    else:
        print(json.dumps(check_clip(sys.argv[2])))


if __name__ == "__main__":
    main()
