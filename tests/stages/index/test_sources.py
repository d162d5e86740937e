"""What an index is made from: it is read whole and unchanged, and the command that makes it again can be typed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.indexed import built, content_of, random_vectors, write_table, write_vectors
from support.prediction import make_work, run
from vibekit.core.index import Metric
from vibekit.errors import InputError, UsageError
from vibekit.retrieval.open import open_index
from vibekit.stages.index.add import add
from vibekit.stages.index.build import build
from vibekit.stages.index.config import AddConfig, BuildConfig, RemoveConfig, UpdateLabelsConfig
from vibekit.stages.index.info import info
from vibekit.stages.index.label_source import open_sources
from vibekit.stages.index.remove import remove
from vibekit.stages.index.update_labels import update_labels
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from vibekit.stages.index.reports import Stale

NAMES = [f"v{n}" for n in range(30)]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_vectors(Path("e"), random_vectors(NAMES))
    write_table(Path("l.csv"), ["calming"], [(name, n / 30) for n, name in enumerate(NAMES)])
    write_table(Path("m.csv"), ["language"], [(name, "en") for name in NAMES])
    return Path()


def stale(item: str) -> Stale:
    return next(one for one in info(Path("i")).stale if one.item == item)


def test_a_flipped_byte_of_a_labels_part_is_no_other_label(tmp_path: Path) -> None:
    make_work(tmp_path)
    run(tmp_path)

    def labels() -> str:
        (source,) = open_sources([tmp_path / "l"], thresholds={}, attributes_dir=None, now="")
        return repr([source.chances(a.name).tolist() for a in source.attributes])

    right, part = labels(), sorted((tmp_path / "l").glob("part-*"))[0]
    whole = part.read_bytes()
    refused = 0
    for at in range(5, len(whole), 97):
        part.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            assert labels() == right, at
        except InputError as error:
            refused += str(part) in str(error)
    assert refused


class Rewriting(Silent):
    """Writes a file anew when vectors have been looked at."""

    def __init__(self, path: str) -> None:
        self._path = path

    def end(self) -> None:
        if self._path == "e":
            write_vectors(Path("e"), random_vectors(NAMES, seed=9))
        else:
            write_table(Path(self._path), ["calming"], [(name, 0.25) for name in NAMES])


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("changed", ["e", "l.csv", "m.csv"])
def test_what_changes_while_it_is_read_makes_no_index(changed: str) -> None:
    config = BuildConfig(embeddings=Path("e"), labels=(Path("l.csv"),), metadata=(Path("m.csv"),), out=Path("i"))
    with pytest.raises(InputError, match=r"changed while|is not the shard") as caught:
        build(config, progress=Rewriting(changed))
    assert caught.value.hint
    assert not Path("i/index.json").exists()
    assert build(config).index.videos == 30


@pytest.mark.usefixtures("work")
def test_a_folder_of_metadata_is_known_by_its_content() -> None:
    Path("m").mkdir()
    pq.write_table(pa.table({"video_id": NAMES, "x": list(range(30))}), "m/part-0.parquet")
    built(Path(), metadata=(Path("m"),))
    assert built(Path(), metadata=(Path("m"),)).nothing_to_do
    pq.write_table(pa.table({"video_id": NAMES, "x": [7] * 30}), "m/part-0.parquet")
    assert stale("m").words == "the metadata m has changed since"
    with pytest.raises(InputError, match="was built from other"):
        built(Path(), metadata=(Path("m"),))
    with pytest.raises(InputError, match="no table of metadata"):
        built(Path(), metadata=(Path("e"),))


@pytest.mark.usefixtures("work")
def test_columns_that_cannot_be_kept_are_named() -> None:
    table = pa.table({"video_id": ["v1", "v2"], "tags": [["a"], ["b"]], "big": pa.array([2**64 - 1, 1], pa.uint64())})
    pq.write_table(table, "m.parquet")
    said = "\n".join(built(Path(), metadata=(Path("m.parquet"),)).warnings)
    assert "the column 'tags' holds lists or records; it is left out" in said
    assert "'big' is text" in said
    assert content_of(Path("i")).columns["big"]["v1"] == str(2**64 - 1)


@pytest.mark.usefixtures("work")
def test_records_in_json_lines_are_left_out_and_named() -> None:
    Path("m.jsonl").write_text(
        '{"video_id": "v1", "who": {"x": 1}, "mixed": "yes"}\n{"video_id": "v2", "who": null, "mixed": {"y": 2}}\n',
        "utf-8",
    )
    report = built(Path(), metadata=(Path("m.jsonl"),))
    said = "\n".join(report.warnings)
    assert "the column 'who' holds lists or records; it is left out" in said
    assert "the column 'mixed' holds lists or records; those are left out" in said
    assert [column.name for column in report.index.columns] == ["mixed"]


@pytest.mark.usefixtures("work")
def test_what_mends_a_changed_index_can_be_typed() -> None:
    Path("l.csv").rename("my labels.csv")
    built(Path(), labels=(Path("my labels.csv"),), metadata=(Path("m.csv"),), thresholds={"calming": 0.3})
    write_vectors(Path("more"), random_vectors(["w1"]))
    add(AddConfig(index=Path("i"), embeddings=Path("more")))
    remove(RemoveConfig(index=Path("i"), ids=("v1",)))
    write_table(Path("m.csv"), ["language"], [(name, "de") for name in NAMES])
    write_table(Path("my labels.csv"), ["calming"], [(name, 0.4) for name in NAMES])
    again, added = stale("m.csv").mend.removeprefix("build it again: ").split(" && ")
    assert shlex.split(again) == [
        "vibekit", "index", "build", "e", "--labels", "my labels.csv", "--metadata", "m.csv",
        "--threshold", "calming=0.3", "--out", "i", "--force",
    ]  # fmt: skip
    assert shlex.split(added) == ["vibekit", "index", "add", "i", "more"]
    assert shlex.split(stale("calming").mend)[-4:] == ["--labels", "my labels.csv", "--threshold", "calming=0.3"]


@pytest.mark.usefixtures("work")
def test_a_threshold_that_was_given_is_not_dropped_in_silence() -> None:
    built(Path(), labels=(Path("l.csv"),), thresholds={"calming": 0.3})
    write_table(Path("l.csv"), ["calming"], [(name, 0.4) for name in NAMES])
    labels = (Path("l.csv"),)
    kept = update_labels(UpdateLabelsConfig(index=Path("i"), labels=labels, thresholds={"calming": 0.3}))
    assert not any("does not hold any more" in said for said in kept.warnings)
    dropped = update_labels(UpdateLabelsConfig(index=Path("i"), labels=labels))
    assert any("--threshold calming=0.3 keeps it" in said for said in dropped.warnings)


@pytest.mark.usefixtures("work")
def test_labels_by_another_definition_are_named_when_they_enter(tmp_path: Path) -> None:
    make_work(tmp_path / "p")
    run(tmp_path / "p")
    report = built(Path("p"), labels=(Path("p/l"),))
    assert any("'calming' was labelled by another definition" in said for said in report.warnings)


@pytest.mark.usefixtures("work")
def test_inner_products_that_are_not_finite_are_refused() -> None:
    built(Path(), metric=Metric.INNER_PRODUCT)
    with pytest.raises(InputError, match=r"query 2 of 2 is of length .* would not be finite"):
        open_index("i").search(np.array([[1.0] * 8, [3e30] * 8]))
    write_vectors(Path("large"), {"v1": np.full(8, 3e38, np.float32)})
    with pytest.raises(InputError, match="would not be finite"):
        built(Path(), embeddings=Path("large"), out=Path("j"), metric=Metric.INNER_PRODUCT)


@pytest.mark.usefixtures("work")
def test_a_disk_budget_counts_names_and_metadata() -> None:
    long = [f"v{n}-" + "x" * 5000 for n in range(30)]
    write_vectors(Path("long"), random_vectors(long))
    with pytest.raises(UsageError, match="--max-disk"):
        built(Path(), embeddings=Path("long"), out=Path("j"), max_disk=200_000)
    write_table(Path("large.csv"), ["title"], [(name, "y" * 10_000) for name in NAMES])
    with pytest.raises(UsageError, match="--max-disk"):
        built(Path(), metadata=(Path("large.csv"),), out=Path("j"), max_disk=200_000)
    assert not Path("j").exists()
