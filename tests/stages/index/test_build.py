"""From embeddings, labels and metadata to an index: what goes in, what is left out, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from support.indexed import DIM, built, content_of, random_vectors, write_table, write_vectors
from support.prediction import make_work, run
from vibekit.core.index import ColumnType, IndexFile, Metric, Storage
from vibekit.errors import InputError, UsageError
from vibekit.formats.index import generations, read_generation, read_index
from vibekit.formats.labels_table import read_labels
from vibekit.retrieval.cluster import clusters_for

NAMES = [f"v{n}" for n in range(30)]


def test_an_index_holds_what_went_in(tmp_path: Path) -> None:
    vectors = random_vectors(NAMES)
    labels = write_table(
        tmp_path / "l.csv", ["calming", "sad"],
        [(name, "" if n % 5 == 0 else round(n / 30, 2), "true" if n % 2 else "false") for n, name in enumerate(NAMES)],
    )  # fmt: skip
    metadata = write_table(
        tmp_path / "m.csv", ["language", "duration_s", "published"],
        [(name, "en" if n % 2 else "no", n * 1.5, "2026-01-05") for n, name in enumerate(NAMES[:20])],
    )  # fmt: skip
    report = built(tmp_path, names=NAMES, labels=(labels,), metadata=(metadata,), thresholds={"calming": 0.4})
    content = content_of(tmp_path / "i")
    for name, vector in vectors.items():
        assert np.allclose(content.vectors[name], vector / np.linalg.norm(vector), atol=1e-6)
    for n, name in enumerate(NAMES):
        chance = None if n % 5 == 0 else round(n / 30, 2)
        assert content.chances["calming"][name] == chance
        assert content.labels["calming"][name] == (None if chance is None else chance >= 0.4)
        assert content.labels["sad"][name] == bool(n % 2)
        assert content.columns["language"][name] == (("en" if n % 2 else "no") if n < 20 else None)
        assert content.columns["duration_s"][name] == (n * 1.5 if n < 20 else None)
        assert content.columns["published"][name] == (date(2026, 1, 5) if n < 20 else None)
    assert [c.type for c in report.index.columns] == [ColumnType.TEXT, ColumnType.NUMBER, ColumnType.DATE]
    assert any("10 of 30 videos have no row" in said for said in report.warnings)


def test_a_labels_folder_brings_thresholds_zones_and_definitions(tmp_path: Path) -> None:
    make_work(tmp_path)
    run(tmp_path)
    report = built(tmp_path, labels=(tmp_path / "l",))
    calming = next(a for a in report.index.attributes if a.name == "calming")
    assert (calming.threshold, calming.abstain, calming.definition) == (0.42, (0.3, 0.5), "0123456789abcdef")
    table = read_labels(tmp_path / "l").table
    chances = dict(zip(table["video_id"].to_pylist(), table["calming"].to_pylist(), strict=True))
    content = content_of(tmp_path / "i")
    assert len(content.vectors) == 247
    for name, decided in content.labels["calming"].items():
        chance = chances[name]
        assert decided == (None if 0.3 <= chance < 0.5 else chance >= 0.42)
    moods = ["mood=happy", "mood=sad", "mood=neither"]
    best = np.stack([table[m].to_numpy() for m in moods]).argmax(axis=0)
    places = dict(zip(table["video_id"].to_pylist(), best.tolist(), strict=True))
    assert all(place == places[name] for name, place in content.labels["mood"].items())
    assert report.index.without == {"no vector": 3}


def test_a_threshold_that_is_given_does_away_with_the_zone(tmp_path: Path) -> None:
    make_work(tmp_path)
    run(tmp_path)
    report = built(tmp_path, labels=(tmp_path / "l",), thresholds={"calming": 0.35})
    calming = next(a for a in report.index.attributes if a.name == "calming")
    assert (calming.threshold, calming.abstain) == (0.35, None)
    assert any("abstain zone" in said for said in report.warnings)
    assert None not in content_of(tmp_path / "i").labels["calming"].values()


def test_a_probability_at_the_threshold_carries(tmp_path: Path) -> None:
    # 0.7 as float32 lies below 0.7
    labels = write_table(tmp_path / "l.csv", ["calming"], [(name, 0.7) for name in NAMES])
    built(tmp_path, names=NAMES, labels=(labels,), thresholds={"calming": 0.7})
    assert set(content_of(tmp_path / "i").labels["calming"].values()) == {True}


def test_the_same_build_again_has_nothing_to_do(tmp_path: Path) -> None:
    built(tmp_path, names=NAMES)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "i").rglob("*")}
    again = built(tmp_path)
    assert again.nothing_to_do
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "i").rglob("*")} == before


def test_another_build_needs_force_and_makes_a_generation(tmp_path: Path) -> None:
    built(tmp_path, names=NAMES)
    with pytest.raises(InputError, match="built from other"):
        built(tmp_path, storage=Storage.FP16)
    report = built(tmp_path, storage=Storage.FP16, force=True)
    assert (report.index.generation, report.index.parent) == ("g-000002", "g-000001")
    assert generations(tmp_path / "i") == ("g-000001", "g-000002")
    assert read_index(tmp_path / "i").storage is Storage.FP16


def test_old_generations_are_swept_when_two_newer_ones_are_there(tmp_path: Path) -> None:
    built(tmp_path, names=NAMES)
    first = set((tmp_path / "i" / "data").iterdir())
    built(tmp_path, storage=Storage.FP16, force=True)
    assert first <= set((tmp_path / "i" / "data").iterdir())
    built(tmp_path, storage=Storage.SQ8, force=True)
    names = {p.name for p in (tmp_path / "i" / "data").iterdir()}
    kept = {f.name for g in generations(tmp_path / "i") for f in _files(tmp_path / "i", g)}
    assert names == kept
    assert generations(tmp_path / "i") == ("g-000002", "g-000003")


def _files(index: Path, generation: str) -> list[IndexFile]:
    return list(read_generation(index, generation).files.values())


@pytest.mark.parametrize("storage", list(Storage))
@pytest.mark.parametrize("metric", list(Metric))
def test_vectors_are_near_in_every_storage(tmp_path: Path, storage: Storage, metric: Metric) -> None:
    vectors = random_vectors(NAMES)
    built(tmp_path, names=NAMES, storage=storage, metric=metric)
    found = content_of(tmp_path / "i").vectors
    for name, vector in vectors.items():
        wanted = vector / np.linalg.norm(vector) if metric is Metric.COSINE else vector
        assert np.abs(found[name] - wanted).max() < {"fp32": 1e-6, "fp16": 2e-3, "sq8": 2e-2}[storage]


def test_vectors_that_cannot_be_compared_are_left_out_and_named(tmp_path: Path) -> None:
    vectors = random_vectors(NAMES)
    vectors["v3"][2], vectors["v4"][0] = np.nan, np.inf
    vectors["v5"][:] = 0
    write_vectors(tmp_path / "e", vectors)
    report = built(tmp_path)
    assert set(content_of(tmp_path / "i").vectors) == set(NAMES) - {"v3", "v4", "v5"}
    assert report.index.without == {"not finite": 2, "all zero": 1}
    assert any("v3, v4" in said for said in report.warnings)


def test_labels_of_other_videos_are_refused(tmp_path: Path) -> None:
    labels = write_table(tmp_path / "l.csv", ["calming"], [(f"other{n}", 0.5) for n in range(5)])
    with pytest.raises(InputError, match=r"names other0, other1, other2; the videos are v0, v1, v2"):
        built(tmp_path, names=NAMES, labels=(labels,))


def test_the_same_attribute_twice_is_refused(tmp_path: Path) -> None:
    one = write_table(tmp_path / "a.csv", ["calming"], [(name, 0.5) for name in NAMES])
    other = write_table(tmp_path / "b.csv", ["calming"], [(name, 0.6) for name in NAMES])
    with pytest.raises(InputError, match="labelled in"):
        built(tmp_path, names=NAMES, labels=(one, other))


def test_a_threshold_for_nothing_is_refused(tmp_path: Path) -> None:
    labels = write_table(tmp_path / "l.csv", ["calming"], [(name, 0.5) for name in NAMES])
    with pytest.raises(UsageError, match="calmng") as caught:
        built(tmp_path, names=NAMES, labels=(labels,), thresholds={"calmng": 0.5})
    assert "did you mean 'calming'" in caught.value.hint


@pytest.mark.parametrize("option", ["max_memory", "max_disk"])
def test_a_budget_that_is_too_small_is_refused_before_any_work(tmp_path: Path, option: str) -> None:
    with pytest.raises(UsageError, match="about") as caught:
        built(tmp_path, names=NAMES, **{option: 1000})
    assert f"--{option.replace('_', '-')} " in caught.value.hint
    assert not (tmp_path / "i").exists()


@pytest.mark.parametrize(
    ("there", "said"),
    [("notes.txt", "notes.txt"), ("index.json", "index.json"), ("run.json", "it holds a run")],
)
def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, there: str, said: str) -> None:
    (tmp_path / "i").mkdir()
    (tmp_path / "i" / there).write_text("{}", "utf-8")
    with pytest.raises(InputError, match=f"not an index.*{said}"):
        built(tmp_path, names=NAMES, force=True)
    assert [path.name for path in (tmp_path / "i").iterdir()] == [there]


def test_a_folder_with_hidden_files_may_become_an_index(tmp_path: Path) -> None:
    (tmp_path / "i").mkdir()
    (tmp_path / "i" / ".gitkeep").write_bytes(b"")
    assert built(tmp_path, names=NAMES).index.videos == len(NAMES)


def test_a_table_by_path_finds_its_videos(tmp_path: Path) -> None:
    write_vectors(tmp_path / "e", random_vectors([f"{n:032x}" for n in range(4)]))
    labels = tmp_path / "l.csv"
    labels.write_text("sha256,calming\n" + "".join(f"{n:032x}{'0' * 32},0.{n + 1}\n" for n in range(4)))
    built(tmp_path, labels=(labels,))
    assert content_of(tmp_path / "i").chances["calming"][f"{2:032x}"] == 0.3


def test_clusters_keep_every_row_and_its_labels(tmp_path: Path) -> None:
    n = 21_000
    random = np.random.default_rng(3)
    centres = random.normal(size=(40, DIM))
    rows = (centres[random.integers(40, size=n)] + 0.3 * random.normal(size=(n, DIM))).astype(np.float32)
    vectors = {f"v{i:05d}": row for i, row in enumerate(rows)}
    write_vectors(tmp_path / "e", vectors, per_shard=8_000)
    labels = write_table(tmp_path / "l.csv", ["calming"], [(name, (i % 100) / 100) for i, name in enumerate(vectors)])
    report = built(tmp_path, labels=(labels,))
    assert report.index.clusters == clusters_for(n) > 0
    content = content_of(tmp_path / "i")
    assert len(content.vectors) == n
    for i in random.integers(n, size=200):
        name = f"v{i:05d}"
        assert np.allclose(content.vectors[name], rows[i] / np.linalg.norm(rows[i]), atol=1e-6)
        assert content.chances["calming"][name] == (i % 100) / 100
    assert {e.k for e in report.index.efforts} >= {10, 100}
