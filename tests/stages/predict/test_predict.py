"""From a student and embeddings to labels: what is written, what is kept, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.prediction import FAILED, PER_SHARD, N, bytes_of, make_work, run
from support.student import (
    HEADS,
    space_of,
    vectors_of,
    write_small_embeddings,
    write_small_student,
)
from vibekit.core.labels import LabelsStatus
from vibekit.errors import InputError
from vibekit.formats.labels_manifest import SAMPLE, read_labels_manifest, write_labels_manifest
from vibekit.formats.labels_table import read_labels
from vibekit.formats.student import read_student
from vibekit.student.forward import NumpyRuntime


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return make_work(tmp_path)


def test_labels_are_what_the_student_gives(work: Path) -> None:
    report = run(work)
    table = read_labels(work / "l").table
    student, tensors = read_student(work / "s")
    assert tuple(table.column_names) == ("video_id", *student.columns)
    assert student.columns[:4] == ("mood=happy", "mood=sad", "mood=neither", "calming")
    assert table["video_id"].to_pylist() == [f"v{n}" for n in range(N)]
    wanted = NumpyRuntime(student, tensors)(vectors_of(N).astype(np.float16))
    for place, name in enumerate(student.columns):
        column = table[name]
        assert column.type == pa.float32()
        empty = np.flatnonzero(column.is_null().combine_chunks().to_numpy(zero_copy_only=False))
        assert tuple(empty.tolist()) == FAILED
        rest = np.setdiff1d(np.arange(N), FAILED)
        assert np.abs(column.to_numpy()[rest] - wanted[rest, place]).max() < 1e-6
    labels = report.labels
    assert (labels.rows, labels.without, labels.not_finite, len(labels.parts)) == (N, 3, 0, 3)
    assert labels.check.rows == N - 3
    assert labels.check.flips == 0
    assert report.warnings == ("3 videos have no vector, so their labels are empty; most often: no picture in it",)


def test_counts_are_by_threshold_and_abstain_zone(work: Path) -> None:
    counts = run(work).labels.counts
    table = read_labels(work / "l").table
    calming = table["calming"].drop_null().to_numpy().astype(np.float64)
    unsure = (calming >= 0.3) & (calming < 0.5)
    assert counts["calming"] == {
        "abstain": int(unsure.sum()),
        "false": int(((calming < 0.42) & ~unsure).sum()),
        "true": int(((calming >= 0.42) & ~unsure).sum()),
    }
    outdoors = table["outdoors"].drop_null().to_numpy().astype(np.float64)
    assert counts["outdoors"]["true"] == int((outdoors >= 0.6).sum())
    assert counts["outdoors"]["abstain"] == 0
    for name in ("mood", "level"):
        assert sum(counts[name].values()) == N - 3
    assert set(counts["level"]) == {"1", "2", "3"}


def test_the_manifest_is_read_as_written(work: Path) -> None:
    labels = run(work).labels
    assert read_labels_manifest(work / "l") == labels
    assert labels.status is LabelsStatus.COMPLETE
    assert labels.heads == HEADS
    assert labels.space == space_of().fingerprint
    write_labels_manifest(work / "l", SAMPLE)
    assert read_labels_manifest(work / "l") == SAMPLE


def test_the_same_command_again_does_nothing(work: Path) -> None:
    run(work)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (work / "l").glob("part-*")}
    manifest = (work / "l" / "labels.json").read_bytes()
    again = run(work)
    assert again.skipped == 3
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (work / "l").glob("part-*")} == before
    assert (work / "l" / "labels.json").read_bytes() == manifest


@pytest.mark.parametrize("damage", ["gone", "cut off", "of another student"])
def test_only_what_is_missing_is_made(work: Path, damage: str) -> None:
    run(work)
    whole = bytes_of(work / "l")
    part = work / "l" / "part-00001.parquet"
    if damage == "gone":
        part.unlink()
    elif damage == "cut off":
        part.write_bytes(part.read_bytes()[:-20])
    else:
        write_small_student(work / "other" / "s", space_of(), seed=5)
        run(work, out="other/l", student=work / "other" / "s")
        part.write_bytes((work / "other" / "l" / part.name).read_bytes())
    assert run(work).skipped == 2
    assert bytes_of(work / "l") == whole


def test_more_embeddings_add_labels_and_fewer_take_them_away(work: Path) -> None:
    run(work)
    first = bytes_of(work / "l")
    write_small_embeddings(work / "e", space_of(), vectors_of(N + 100), per_shard=PER_SHARD, failed=FAILED)
    assert run(work).skipped == 2
    assert len(bytes_of(work / "l")) == 4
    (work / "e" / "part-00003.arrow").unlink()
    write_small_embeddings(work / "e", space_of(), vectors_of(N), per_shard=PER_SHARD, failed=FAILED)
    run(work)
    assert bytes_of(work / "l") == first
    assert len(read_labels(work / "l").table) == N


def test_labels_of_another_student_are_not_overwritten(work: Path) -> None:
    run(work)
    before = bytes_of(work / "l")
    write_small_student(work / "s", space_of(), seed=5)
    with pytest.raises(InputError, match="holds labels of another student") as error:
        run(work)
    assert "--force" in error.value.hint
    assert bytes_of(work / "l") == before
    run(work, force=True)
    assert bytes_of(work / "l").keys() == before.keys()
    assert all(bytes_of(work / "l")[name] != before[name] for name in before)


def test_runtimes_are_not_mixed_in_one_folder(work: Path) -> None:
    run(work, runtime="numpy")
    with pytest.raises(InputError, match=r"another runtime \(numpy, this is onnx\)"):
        run(work, runtime="onnx")


def test_a_folder_with_other_things_is_left_alone(work: Path) -> None:
    (work / "l").mkdir()
    pq.write_table(pa.table({"video_id": ["a"], "calming": [0.5]}), work / "l" / "part-00000.parquet")
    with pytest.raises(InputError, match=r"not labels of a student: it holds 'part-00000\.parquet'"):
        run(work)
    assert [path.name for path in (work / "l").iterdir()] == ["part-00000.parquet"]


@pytest.mark.parametrize(("folder", "what"), [("e", "embeddings"), ("s", "a student")])
@pytest.mark.parametrize("force", [False, True])
def test_labels_never_mix_with_what_they_are_made_of(work: Path, folder: str, what: str, force: bool) -> None:
    before = sorted(path.name for path in (work / folder).iterdir())
    with pytest.raises(InputError, match=f"it holds {what}"):
        run(work, out=folder, force=force)
    assert sorted(path.name for path in (work / folder).iterdir()) == before


def test_integer_labels_are_near_and_their_flips_are_counted(work: Path) -> None:
    report = run(work, runtime="onnx-int8")
    check = report.labels.check
    assert check.decisions == (N - 3) * len(HEADS)
    assert 1e-4 < check.difference < 0.1
    assert check.flips < check.decisions / 10
    exact, rounded = (read_labels(work / out).table for out in (run(work, "exact").out, "l"))
    near = np.abs(exact["outdoors"].drop_null().to_numpy() - rounded["outdoors"].drop_null().to_numpy())
    assert near.max() < 0.1


def test_a_vector_that_is_not_finite_has_no_label(tmp_path: Path) -> None:
    write_small_student(tmp_path / "s", space_of())
    vectors = vectors_of(20)
    vectors[4, 2], vectors[9, 0] = np.nan, np.inf
    write_small_embeddings(tmp_path / "e", space_of(), vectors, per_shard=20, failed=(1,))
    for runtime in ("numpy", "onnx", "onnx-int8"):
        report = run(tmp_path, out=runtime, runtime=runtime)
        assert (report.labels.without, report.labels.not_finite) == (3, 2)
        column = read_labels(tmp_path / runtime).table["calming"]
        assert [n for n, value in enumerate(column.to_pylist()) if value is None] == [1, 4, 9]


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (space_of(frames=16), "of the block av frames was 8, here 16"),
        (space_of(13), "12 dimensions, these have 13"),
        (replace(space_of(), name="other"), None),
        (replace(space_of(), dtype="float32"), None),
        (
            replace(space_of(), blocks=(replace(space_of().blocks[0], normalisation="l2"),)),
            "normalised by scale, here by l2",
        ),
        (
            replace(space_of(), name="clip", blocks=(replace(space_of().blocks[0], embedder="clip"),)),
            "av with 12 dimensions, these are clip",
        ),
    ],
)
def test_other_embeddings_are_refused_and_the_difference_is_said(
    tmp_path: Path, space: object, said: str | None
) -> None:
    write_small_student(tmp_path / "s", space_of())
    write_small_embeddings(tmp_path / "e", space, vectors_of(5, space.dim), per_shard=5)  # type: ignore[arg-type, attr-defined]
    if said is None:
        assert run(tmp_path).labels.rows == 5
        return
    with pytest.raises(InputError, match=said) as error:
        run(tmp_path)
    assert "--embedder av" in error.value.hint
    assert not (tmp_path / "l").exists()


def test_a_truncated_shard_is_refused_before_anything_is_written(work: Path) -> None:
    shard = work / "e" / "part-00001.arrow"
    shard.write_bytes(shard.read_bytes()[:500])
    with pytest.raises(InputError, match="truncated"):
        run(work)
    assert not (work / "l").exists()


def test_no_videos_are_refused(tmp_path: Path) -> None:
    write_small_student(tmp_path / "s", space_of())
    write_small_embeddings(tmp_path / "e", space_of(), vectors_of(0), per_shard=5)
    with pytest.raises(InputError, match="no video in it"):
        run(tmp_path)


def test_only_failed_videos_are_rows_without_labels(tmp_path: Path) -> None:
    write_small_student(tmp_path / "s", space_of())
    write_small_embeddings(tmp_path / "e", space_of(), vectors_of(4), per_shard=3, failed=(0, 1, 2, 3))
    for runtime in ("numpy", "onnx", "onnx-int8"):
        assert run(tmp_path, out=runtime, runtime=runtime).labels.without == 4


def test_vectors_that_were_made_anew_get_new_labels(work: Path) -> None:
    run(work)
    before = bytes_of(work / "l")
    # what a video whose words changed leaves: a shard with the old name, key and size
    other = vectors_of(N)
    other[7] = -other[7]
    write_small_embeddings(work / "e", space_of(), other, per_shard=PER_SHARD, failed=FAILED)
    assert run(work).skipped == 2
    after = bytes_of(work / "l")
    assert [name for name in before if before[name] != after[name]] == ["part-00000.parquet"]


def test_a_damaged_shard_makes_no_labels(work: Path) -> None:
    shard = work / "e" / "part-00001.arrow"
    rows = bytearray(shard.read_bytes())
    at = rows.find(vectors_of(N)[150].astype(np.float16).tobytes())
    rows[at] ^= 0x40
    shard.write_bytes(rows)
    with pytest.raises(InputError, match="its vectors are not those that were written"):
        run(work)
    assert [path.name for path in (work / "l").glob("part-*")] == ["part-00000.parquet"]


def test_a_flipped_byte_in_a_part_is_no_label(work: Path) -> None:
    run(work)
    part = work / "l" / "part-00000.parquet"
    rows = bytearray(part.read_bytes())
    rows[len(rows) // 3] ^= 0x10
    part.write_bytes(rows)
    with pytest.raises(InputError, match=r"part-00000"):
        read_labels(work / "l")


def test_labels_of_other_embeddings_are_not_replaced(work: Path) -> None:
    run(work)
    before = bytes_of(work / "l")
    write_small_embeddings(work / "other", space_of(), -vectors_of(20), per_shard=PER_SHARD)
    with pytest.raises(InputError, match="holds labels of other embeddings"):
        run(work, embeddings=work / "other")
    assert bytes_of(work / "l") == before
    (work / "e").rename(work / "moved")
    assert run(work, embeddings=work / "moved").skipped == 3
    assert run(work, embeddings=work / "other", force=True).labels.rows == 20
