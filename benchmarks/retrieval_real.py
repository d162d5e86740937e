"""Retrieval on real vectors: sample clips, handwritten digits, and patches of two photographs.

Clips (``VIBEKIT_BENCH_DATA``, folder ``videos``) are embedded and indexed; the neighbours of three of them go onto a
contact sheet, ``bench-clips.html``. The digits (1,797 x 64) and the photographs, cut into 133,000 patches of 8 x 8
pixels (192 numbers), come with scikit-learn, and are imported as embeddings made elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import process
from benchmarks.results import table
from benchmarks.retrieval_own import build_index
from benchmarks.shards import names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.options import Options

SHEET = Path("bench-clips.html")
CLIPS = 3
SIDE, STRIDE = 8, 2
QUERIES = 200
KS = (10, 100)


def run(options: Options) -> dict[str, Any]:
    """Index and search the three sets."""
    with TemporaryDirectory(prefix="vibekit-bench-") as name:
        folder = Path(name)
        return {
            "clips": clips(folder / "clips", options.data / "videos"),
            "digits": digits(folder / "digits"),
            "patches": patches(folder / "patches"),
        }


def show(result: dict[str, Any]) -> None:
    """Print what was found."""
    if result["clips"] is None:
        print("no clips (set VIBEKIT_BENCH_DATA)")
    else:
        for one in result["clips"]["found"]:
            print(f"{one['clip']}: {', '.join(one['nearest'])}")
        print(f"contact sheet: {SHEET}")
    one = result["digits"]
    print(f"digits: {one['same']:.1%} of the 10 nearest are the same digit (by chance {one['chance']:.1%})")
    rows: list[tuple[object, ...]] = [("patches", "match", "k", "plan", "recall", "queries/CPU-s", "exact")]
    rows += [
        (p["restriction"] or "(none)", p["matched"], p["k"], p["plan"], p["recall"], p["qps"], p["exact_qps"])
        for p in result["patches"]["rows"]
    ]
    print(table(rows))


def clips(folder: Path, videos: Path) -> dict[str, Any] | None:
    """Embed and index clips, and look for the neighbours of three."""
    if not videos.is_dir():
        return None
    folder.mkdir()
    _vibekit(folder, "embed", str(videos), "--embedder", "effnet-lite0", "--out", "e")
    built = _vibekit(folder, "index", "build", "e", "--out", "i")
    chosen = sorted(p for p in videos.iterdir() if p.is_file())[8::29][:CLIPS]
    words = [word for clip in chosen for word in ("--id", str(clip))]
    answer = _vibekit(folder, "index", "search", "i", *words, "-k", "5", "--html", str(SHEET.resolve()))
    return {
        "videos": built["index"]["rows"],
        "found": [
            {
                "clip": clip.name,
                "nearest": [Path(video["path"]).name for video in one["found"]],
                "scores": one["scores"],
            }
            for clip, one in zip(chosen, answer["results"], strict=True)
        ],
    }


def digits(folder: Path) -> dict[str, Any]:
    """Index handwritten digits, and count neighbours that are the same digit."""
    from sklearn.datasets import load_digits

    from vibekit.retrieval import open_index

    read = load_digits()
    vectors, digit = np.asarray(read.data, np.float32), np.asarray(read.target)
    _imported(folder, vectors, {f"is_{number}": digit == number for number in range(10)})
    searcher = open_index(folder / "i")
    same = [
        float(np.mean(digit[[int(one, 16) for one in answer.ids[1:]]] == digit[place]))
        for place, answer in enumerate(searcher.search(vectors, k=11))
    ]
    for number in range(10):
        found = searcher.search(vectors[:50], k=20, restrict=f"is_{number}")
        assert all(digit[int(one, 16)] == number for answer in found for one in answer.ids)
    return {"rows": len(vectors), "dim": vectors.shape[1], "same": round(float(np.mean(same)), 4), "chance": 0.1}


def patches(folder: Path) -> dict[str, Any]:
    """Index patches of photographs; compare what is found with the exact answer."""
    from vibekit.retrieval import open_index

    vectors, carried = _patches()
    built = _imported(folder, vectors, carried)
    random = np.random.default_rng(5)
    queries = vectors[random.choice(len(vectors), QUERIES, replace=False)]
    queries += random.normal(0, 0.02, queries.shape).astype(np.float32)
    searcher = open_index(folder / "i")
    rows = []
    for text in ("", *carried, "china & !bright", "bright & smooth", "red | (green & !china)"):
        searcher.warm([text], ks=KS)
        for k in KS:
            exact, exact_s = _timed(searcher, queries, k=k, restrict=text, exact=True)
            found, found_s = _timed(searcher, queries, k=k, restrict=text, exact=False)
            shares = [len(set(a.ids) & set(b.ids)) / max(len(b.ids), 1) for a, b in zip(found, exact, strict=True)]
            rows.append(
                {
                    "restriction": text,
                    "matched": found[0].matched,
                    "k": k,
                    "plan": str(found[0].plan),
                    "expected": found[0].expected_recall,
                    "recall": round(float(np.mean(shares)), 4),
                    "qps": round(len(queries) / found_s),
                    "exact_qps": round(len(queries) / exact_s),
                }
            )
    return {"rows": rows, "patches": len(vectors), "dim": vectors.shape[1], "built_s": built["wall_s"]}


def _patches() -> tuple[NDArray[np.float32], dict[str, NDArray[np.bool_]]]:
    from sklearn.datasets import load_sample_images

    cut = []
    for photo in load_sample_images().images:
        windows = np.lib.stride_tricks.sliding_window_view(photo, (SIDE, SIDE, 3))[::STRIDE, ::STRIDE, 0]
        cut.append(windows.reshape(-1, SIDE, SIDE, 3).astype(np.float32) / 255)
    pixels = np.concatenate(cut)
    colour, brightness = pixels.mean(axis=(1, 2)), pixels.mean(axis=(1, 2, 3))
    rough = pixels.std(axis=(1, 2)).mean(axis=1)
    carried = {
        "china": np.arange(len(pixels)) < len(cut[0]),
        "bright": brightness > np.quantile(brightness, 0.8),
        "smooth": rough < np.quantile(rough, 0.3),
        "green": colour[:, 1] > colour[:, [0, 2]].max(axis=1),
        "red": colour[:, 0] > 1.3 * colour[:, 1:].max(axis=1),
    }
    flat = pixels.reshape(len(pixels), -1)
    return flat - flat.mean(axis=0), carried


def _imported(folder: Path, vectors: NDArray[np.float32], carried: dict[str, NDArray[np.bool_]]) -> dict[str, Any]:
    folder.mkdir()
    np.save(folder / "vectors.npy", vectors)
    ids = names(0, len(vectors))
    (folder / "ids.txt").write_text("\n".join(ids) + "\n", "utf-8")
    pq.write_table(pa.table({"video_id": ids, **carried}), folder / "labels.parquet")
    given = ("--vectors", "vectors.npy", "--ids", "ids.txt")
    _vibekit(folder, "embed", "--embedder", "import", *given, "--out", "e")
    return build_index(folder)


def _timed(searcher: Any, queries: NDArray[np.float32], **how: Any) -> tuple[list[Any], float]:  # noqa: ANN401
    cpu = time.process_time()
    found = [searcher.search(query, **how)[0] for query in queries]
    return found, time.process_time() - cpu


def _vibekit(folder: Path, *words: str) -> dict[str, Any]:
    command = ["env", "-C", str(folder), sys.executable, "-m", "vibekit", *words, "--json", "-q"]
    used = process.run(command, env=dict(os.environ), folder=folder)
    if used.exit_code:
        raise RuntimeError(f"vibekit {' '.join(words)} ended with {used.exit_code}: {used.stdout[-2000:]}")
    data: dict[str, Any] = json.loads(used.stdout)["data"]
    return data
