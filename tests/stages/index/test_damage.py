"""Damaged files: each one is named, with what mends it, and nothing is answered from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from support.indexed import DIM, built, random_vectors, write_table, write_vectors
from support.vector_index import clustered
from vibekit.core.index import Storage
from vibekit.errors import InputError
from vibekit.formats.index import POINTER, read_index, write_generation
from vibekit.formats.index_data import data_path, digest_of
from vibekit.retrieval import open_index
from vibekit.retrieval.cluster import FEWEST_ROWS
from vibekit.stages.index.add import add
from vibekit.stages.index.compact import compact
from vibekit.stages.index.config import AddConfig, RemoveConfig
from vibekit.stages.index.info import info
from vibekit.stages.index.remove import remove
from vibekit.stages.index.verify import verify
from vibekit.stages.progress import Silent

NAMES = [f"v{n}" for n in range(60)]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    labels = write_table(tmp_path / "l.csv", ["calming"], [(name, n / 60) for n, name in enumerate(NAMES)])
    metadata = write_table(tmp_path / "m.csv", ["duration_s"], [(name, n) for n, name in enumerate(NAMES)])
    built(tmp_path, names=NAMES, labels=(labels,), metadata=(metadata,), storage=Storage.SQ8)
    write_vectors(tmp_path / "more", random_vectors(["w1", "w2"], seed=5))
    add(AddConfig(index=tmp_path / "i", embeddings=tmp_path / "more"))
    remove(RemoveConfig(index=tmp_path / "i", ids=("v1",)))
    return tmp_path


def _roles(index: Path) -> list[str]:
    return sorted(read_index(index).files)


def test_every_kind_of_file_is_there(work: Path) -> None:
    assert _roles(work / "i") == [
        "columns", "ids", "ids-order", "label-calming", "removed", "rows", "sq8",
        "tail-columns", "tail-ids", "tail-label-calming", "tail-rows",
    ]  # fmt: skip
    report = verify(work / "i", queries=0)
    assert (report.damaged, report.files) == ((), 11)


def _flipped_bytes_are_found(index: Path) -> None:
    for role, file in read_index(index).files.items():
        path = data_path(index, file)
        whole = path.read_bytes()
        for place in (len(whole) // 2, len(whole) - 1):
            changed = bytearray(whole)
            changed[place] ^= 1
            path.write_bytes(changed)
            found = verify(index).damaged
            assert [d.role for d in found] == [role]
            assert found[0].path == str(path)
            wanted = "update-labels" if "label" in role else "index build"
            assert wanted in found[0].mend
        path.write_bytes(whole)
    assert verify(index, queries=4).damaged == ()


def _truncated_files_are_refused(index: Path, left: int) -> None:
    for file in read_index(index).files.values():
        path = data_path(index, file)
        whole = path.read_bytes()
        path.write_bytes(whole[:left])
        with pytest.raises(InputError, match=path.name):
            open_index(index)
        path.write_bytes(whole)
    open_index(index)


def _damaged_beginnings_are_refused(index: Path, flips: int) -> None:
    """Whatever bit of what describes a file is wrong: it is refused and named, or it says the same as before."""
    queries = clustered(3, DIM)
    before = open_index(index).search(queries, k=5, restrict="calming", exact=True)
    dice = Random(1)
    for file in read_index(index).files.values():
        path = data_path(index, file)
        whole = path.read_bytes()
        # an array's header is in front, a table's behind too
        places = [*range(128), *(range(len(whole) - 400, len(whole)) if path.suffix == ".arrow" else ())]
        for place in dice.sample([one for one in places if 0 <= one < len(whole)], flips):
            changed = bytearray(whole)
            changed[place] ^= 1 << dice.randrange(8)
            path.write_bytes(changed)
            said = ""
            try:
                after = open_index(index).search(queries, k=5, restrict="calming", exact=True)
            except InputError as error:
                said = str(error)
            assert path.name in said if said else after == before, (path.name, place)
        path.write_bytes(whole)


def test_a_flipped_byte_is_found_in_every_file(work: Path) -> None:
    _flipped_bytes_are_found(work / "i")


def _flip(path: Path, place: int) -> None:
    changed = bytearray(path.read_bytes())
    changed[place] ^= 1
    path.write_bytes(changed)


@pytest.mark.parametrize(
    ("role", "restriction"),
    [
        ("label-calming", "calming"), ("tail-label-calming", "calming"), ("label-calming", "calming >= 0.25"),
        ("columns", "duration_s < 9"), ("tail-columns", "duration_s < 9"),
        ("ids", ""), ("ids-order", ""), ("tail-ids", ""), ("sq8", ""), ("removed", ""),
    ],
)  # fmt: skip
def test_nothing_is_answered_from_labels_ids_or_metadata_that_have_changed(
    work: Path, role: str, restriction: str
) -> None:
    path = data_path(work / "i", read_index(work / "i").files[role])
    _flip(path, len(path.read_bytes()) // 2)
    with pytest.raises(InputError, match=f"{path.name}: is damaged"):
        open_index(work / "i").search(clustered(1, DIM), k=5, restrict=restriction)


def test_what_is_not_asked_for_does_not_matter(work: Path) -> None:
    path = data_path(work / "i", read_index(work / "i").files["label-calming"])
    _flip(path, len(path.read_bytes()) // 2)
    assert open_index(work / "i").search(clustered(1, DIM), k=5)[0].ids


@pytest.mark.parametrize("role", ["label-calming", "columns", "ids", "tail-rows", "tail-ids"])
def test_a_change_does_not_take_over_what_is_damaged(work: Path, role: str) -> None:
    path = data_path(work / "i", read_index(work / "i").files[role])
    _flip(path, len(path.read_bytes()) // 2)
    before = read_index(work / "i")
    with pytest.raises(InputError, match=f"{path.name}: is damaged"):
        compact(work / "i", before, progress=Silent())
    assert read_index(work / "i") == before


@pytest.mark.parametrize("left", [0, 1, 100, -1])
def test_a_truncated_file_is_refused_when_it_is_opened(work: Path, left: int) -> None:
    _truncated_files_are_refused(work / "i", left)


def test_a_file_with_a_damaged_beginning_is_refused_or_harmless(work: Path) -> None:
    _damaged_beginnings_are_refused(work / "i", 40)


@pytest.mark.slow
def test_the_files_of_clusters_are_watched_too(tmp_path: Path) -> None:
    names = [f"v{n:05d}" for n in range(FEWEST_ROWS)]
    write_vectors(tmp_path / "e", dict(zip(names, clustered(len(names), DIM), strict=True)), per_shard=7_000)
    labels = write_table(tmp_path / "l.csv", ["calming"], [(name, n % 2) for n, name in enumerate(names)])
    index = tmp_path / "i"
    built(tmp_path, labels=(labels,), storage=Storage.FP16)
    assert {"centroids", "offsets", "codebook", "codes"} <= set(_roles(index))
    _flipped_bytes_are_found(index)
    for left in (0, 100, -1):
        _truncated_files_are_refused(index, left)
    _damaged_beginnings_are_refused(index, 100)
    # clusters that overlap would make a search read beyond a list, also where their checksum is right
    manifest = read_index(index)
    path = data_path(index, manifest.files["offsets"])
    offsets = np.load(path)
    offsets[3], offsets[4] = offsets[4], offsets[3]
    np.save(path, offsets)
    with pytest.raises(InputError, match="its content has changed"):
        open_index(index)
    right = replace(manifest.files["offsets"], sha256=digest_of(path))
    write_generation(index, replace(manifest, files={**manifest.files, "offsets": right}))
    with pytest.raises(InputError, match="does not rise"):
        open_index(index)


def test_a_missing_file_is_refused(work: Path) -> None:
    for file in read_index(work / "i").files.values():
        path = data_path(work / "i", file)
        moved = path.rename(path.with_suffix(".gone"))
        with pytest.raises(InputError, match="is missing"):
            open_index(work / "i")
        assert verify(work / "i").damaged[0].problem.startswith("cannot be read")
        moved.rename(path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "generation": "../x"}', '{"version": "1"}']
)
def test_a_damaged_pointer_is_refused(work: Path, text: str) -> None:
    (work / "i" / POINTER).write_text(text)
    with pytest.raises(InputError, match=r"index\.json"):
        read_index(work / "i")


def test_an_index_of_a_newer_vibekit_is_refused(work: Path) -> None:
    (work / "i" / POINTER).write_text('{"version": 2, "generation": "g-000001"}')
    with pytest.raises(InputError, match="version 2, this vibekit reads 1") as caught:
        read_index(work / "i")
    assert "pip install" in caught.value.hint


def test_a_damaged_generation_is_refused(work: Path) -> None:
    path = work / "i" / "generations" / f"{read_index(work / 'i').generation}.json"
    whole = path.read_text()
    for text in (whole[:100], whole.replace('"rows-', '"../rows-'), whole.replace('"dim": 8', '"dim": "8"')):
        path.write_text(text)
        with pytest.raises(InputError, match=path.name):
            read_index(work / "i")


def test_force_builds_a_damaged_index_again(work: Path) -> None:
    manifest = read_index(work / "i")
    path = data_path(work / "i", manifest.files["rows"])
    path.write_bytes(b"\0" * manifest.files["rows"].bytes)
    built(work, storage=Storage.SQ8, force=True)
    assert verify(work / "i", queries=4).damaged == ()
    (work / "i" / POINTER).write_text("{")
    built(work, storage=Storage.SQ8, force=True)
    assert verify(work / "i", queries=4).damaged == ()


def test_what_is_stale_is_said_with_what_mends_it(work: Path) -> None:
    assert [s.item for s in info(work / "i").stale] == ["added", "removed"]
    write_table(work / "l.csv", ["calming"], [(name, 0.5) for name in NAMES])
    (work / "m.csv").write_text((work / "m.csv").read_text() + "x,1\n")
    attributes = work / "attributes"
    attributes.mkdir()
    stale = {s.item: s for s in info(work / "i").stale}
    assert "was labelled anew" in stale["calming"].words
    assert stale["calming"].mend == f"vibekit index update-labels {work / 'i'} --labels {work / 'l.csv'}"
    assert "has changed" in stale[str(work / "m.csv")].words
    (work / "l.csv").unlink()
    gone = {s.item: s for s in info(work / "i").stale}[str(work / "l.csv")]
    assert "not here any more" in gone.words
    assert "vibekit index update-labels" in gone.mend


def test_recall_is_measured_for_every_attribute(work: Path) -> None:
    report = verify(work / "i", queries=10)
    assert {r.restriction for r in report.recalls} == {"", "calming", "!calming"}
    assert all(r.recall == 1 and not r.missed and r.plan == "exact" for r in report.recalls)
