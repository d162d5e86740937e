"""Adding, removing and relabelling: an index says what a plain dictionary would say."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from support.indexed import DIM, Content, built, content_of, random_vectors, write_table, write_vectors
from support.student import space_of, write_small_embeddings
from vibekit.errors import InputError
from vibekit.formats.index import read_index
from vibekit.retrieval import open_index
from vibekit.stages.index.add import add
from vibekit.stages.index.config import AddConfig, RemoveConfig, UpdateLabelsConfig
from vibekit.stages.index.remove import remove
from vibekit.stages.index.update_labels import update_labels

NAMES = [f"v{n}" for n in range(30)]
STILL = [f"s{n}" for n in range(60)]
"""Videos that stay as they are, so that few changes are few."""


def _labelled(folder: Path, name: str, chances: dict[str, float | None]) -> Path:
    return write_table(folder / name, ["calming"], chances.items())


@pytest.fixture
def work(tmp_path: Path) -> Path:
    labels = _labelled(tmp_path, "l.csv", {name: n / 30 for n, name in enumerate(NAMES)})
    metadata = write_table(tmp_path / "m.csv", ["duration_s"], [(name, n) for n, name in enumerate(NAMES)])
    built(tmp_path, names=NAMES, labels=(labels,), metadata=(metadata,))
    return tmp_path


def test_new_labels_touch_no_other_file(work: Path) -> None:
    index = work / "i"
    before = {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (index / "data").iterdir()}
    old = read_index(index)
    labels = _labelled(work, "new.csv", {name: 1 - n / 30 for n, name in enumerate(NAMES)})
    report = update_labels(UpdateLabelsConfig(index=index, labels=(labels,)))
    assert report.labelled == ("calming",)
    assert {role for role in old.files if report.index.files[role] != old.files[role]} == {"label-calming"}
    after = {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (index / "data").iterdir()}
    assert before.items() <= after.items()
    assert content_of(index).chances["calming"]["v3"] == 1 - 3 / 30


def test_labels_can_bring_a_new_attribute_and_leave_videos_unknown(work: Path) -> None:
    labels = write_table(work / "new.csv", ["sad"], [(name, 0.9) for name in NAMES[:10]])
    report = update_labels(UpdateLabelsConfig(index=work / "i", labels=(labels,), thresholds={"sad": 0.8}))
    assert [a.name for a in report.index.attributes] == ["calming", "sad"]
    assert report.index.attributes[1].counts == {"true": 10, "false": 0, "unknown": 20}
    assert any("20 of 30" in said for said in report.warnings)


@pytest.mark.parametrize("what", ["labels", "add", "remove"])
def test_twice_does_the_work_once(work: Path, what: str) -> None:
    index = work / "i"
    write_vectors(work / "more", random_vectors(["v1", "w1", "w2"], seed=5))
    labels = _labelled(work, "more.csv", {"v1": 0.1, "w1": 0.9})

    def once() -> object:
        if what == "labels":
            return update_labels(UpdateLabelsConfig(index=index, labels=(labels,)))
        if what == "add":
            return add(AddConfig(index=index, embeddings=work / "more", labels=(labels,)))
        return remove(RemoveConfig(index=index, ids=("v1",)))

    first, second = once(), once()
    assert not first.nothing_to_do  # type: ignore[attr-defined]
    assert second.nothing_to_do  # type: ignore[attr-defined]
    assert first.index == second.index  # type: ignore[attr-defined]


def test_an_added_video_replaces_and_keeps_what_is_not_said_anew(work: Path) -> None:
    vectors = random_vectors(["v1", "w1"], seed=5)
    write_vectors(work / "more", vectors)
    labels = _labelled(work, "more.csv", {"v1": 0.97, "w1": None})
    report = add(AddConfig(index=work / "i", embeddings=work / "more", labels=(labels,)))
    assert (report.added, report.replaced, report.index.tail, report.index.removed) == (1, 1, 2, 1)
    assert report.kept_labels == 0
    assert not [said for said in report.warnings if "another vector" in said]
    again = random_vectors(["v2"], seed=6)
    write_vectors(work / "again", again)
    report = add(AddConfig(index=work / "i", embeddings=work / "again"))
    assert report.compacted
    assert (report.replaced, report.kept_labels) == (1, 1)
    assert [said for said in report.warnings if said.startswith("v2 has another vector and keeps the labels")]
    assert (report.index.rows, report.index.tail, report.index.removed) == (31, 0, 0)
    vectors |= again
    content = content_of(work / "i")
    assert content.chances["calming"]["v1"] == 0.97
    assert content.chances["calming"]["v2"] == 2 / 30
    assert content.labels["calming"]["w1"] is None
    assert content.columns["duration_s"]["v1"] == 1
    assert content.columns["duration_s"]["w1"] is None
    for name, vector in vectors.items():
        assert np.allclose(content.vectors[name], vector / np.linalg.norm(vector), atol=1e-6)


def test_the_labels_of_a_content_hash_stay_right(tmp_path: Path) -> None:
    names = [f"{n:032x}" for n in range(40)]
    labels = _labelled(tmp_path, "l.csv", {name: n / 40 for n, name in enumerate(names)})
    built(tmp_path, names=names, labels=(labels,))
    write_vectors(tmp_path / "more", random_vectors(names[:1], seed=5))
    report = add(AddConfig(index=tmp_path / "i", embeddings=tmp_path / "more"))
    assert (report.replaced, report.kept_labels) == (1, 1)
    assert not [said for said in report.warnings if "another vector" in said]


def test_embeddings_of_another_space_are_refused(work: Path) -> None:
    write_small_embeddings(work / "x", space_of(DIM, frames=9), np.ones((3, DIM), np.float32), per_shard=3)
    with pytest.raises(InputError, match="other parameters"):
        add(AddConfig(index=work / "i", embeddings=work / "x"))
    write_small_embeddings(work / "y", space_of(5), np.ones((3, 5), np.float32), per_shard=3)
    with pytest.raises(InputError, match="8 dimensions, these are av with 5"):
        add(AddConfig(index=work / "i", embeddings=work / "y"))


def test_metadata_of_another_type_is_refused_with_its_row(work: Path) -> None:
    write_vectors(work / "more", random_vectors(["w1"], seed=5))
    metadata = write_table(work / "more.csv", ["duration_s"], [("w1", "long")])
    with pytest.raises(InputError, match=r"more.csv:2: 'duration_s' holds numbers in the index, this is 'long'"):
        add(AddConfig(index=work / "i", embeddings=work / "more", metadata=(metadata,)))


def test_removing_only_strangers_is_refused_and_some_are_counted(work: Path) -> None:
    with pytest.raises(InputError, match="none of the 2 videos"):
        remove(RemoveConfig(index=work / "i", ids=("a", "b")))
    (work / "gone.txt").write_text("v1\nstranger\n\nv2\n")
    report = remove(RemoveConfig(index=work / "i", ids_file=work / "gone.txt"))
    assert (report.removed, report.unknown) == (2, 1)
    assert set(content_of(work / "i").vectors) == set(NAMES) - {"v1", "v2"}


def test_many_removed_videos_are_merged_away(work: Path) -> None:
    report = remove(RemoveConfig(index=work / "i", ids=tuple(NAMES[:5])))
    assert report.compacted
    assert (report.index.rows, report.index.removed, report.index.made_by) == (25, 0, "compact")
    assert set(content_of(work / "i").vectors) == set(NAMES[5:])


def test_all_videos_can_be_removed_and_others_added(work: Path) -> None:
    remove(RemoveConfig(index=work / "i", ids=tuple(NAMES)))
    assert content_of(work / "i") == Content(
        labels={"calming": {}}, chances={"calming": {}}, columns={"duration_s": {}}
    )
    write_vectors(work / "more", random_vectors(["w1"], seed=5))
    add(AddConfig(index=work / "i", embeddings=work / "more"))
    assert set(content_of(work / "i").vectors) == {"w1"}


def test_a_reader_keeps_its_generation_while_writers_go_on(work: Path) -> None:
    reader = open_index(work / "i")
    queries = np.stack(list(random_vectors(["q1", "q2"], seed=9).values()))
    before = reader.search(queries, k=30)
    for n in range(4):
        remove(RemoveConfig(index=work / "i", ids=(f"v{n}",)))
        write_vectors(work / f"more{n}", random_vectors([f"w{n}"], seed=n))
        add(AddConfig(index=work / "i", embeddings=work / f"more{n}"))
    assert reader.search(queries, k=30) == before
    assert reader.refresh()
    assert {"w0", "w3"} <= set(reader.search(queries, k=30)[0].ids)


class Index(RuleBasedStateMachine):
    """Random changes, and after each of them the same content as a dictionary."""

    @initialize(seed=st.integers(0, 99))
    def begin(self, seed: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="index-model-"))
        self.count = 0
        vectors = random_vectors([*NAMES[:12], *STILL], seed=seed)
        chances: dict[str, float | None] = {name: None if n % 4 == 0 else n / 72 for n, name in enumerate(vectors)}
        write_vectors(self.folder / "e", vectors)
        built(self.folder, labels=(_labelled(self.folder, "l.csv", chances),))
        self.vectors = vectors
        self.chances = {"calming": chances}

    @rule(
        names=st.sets(st.sampled_from(NAMES), min_size=1, max_size=3), seed=st.integers(0, 99), labelled=st.booleans()
    )
    def add(self, names: set[str], seed: int, labelled: bool) -> None:
        self.count += 1
        vectors = random_vectors(sorted(names), seed=seed)
        write_vectors(self.folder / f"e{self.count}", vectors)
        labels: tuple[Path, ...] = ()
        if labelled:
            said: dict[str, float | None] = {name: (seed % 7) / 7 for name in sorted(names)[: len(names) // 2 + 1]}
            labels = (_labelled(self.folder, f"l{self.count}.csv", said),)
            self.chances["calming"].update(said)
        add(AddConfig(index=self.folder / "i", embeddings=self.folder / f"e{self.count}", labels=labels))
        self.vectors.update(vectors)

    @precondition(lambda self: self.vectors)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        names = data.draw(st.sets(st.sampled_from(sorted(self.vectors)), min_size=1, max_size=2))
        remove(RemoveConfig(index=self.folder / "i", ids=(*names, "stranger")))
        for name in names:
            del self.vectors[name]
            for chances in self.chances.values():
                chances.pop(name, None)

    @precondition(lambda self: self.vectors)
    @rule(name=st.sampled_from(["calming", "sad"]), data=st.data())
    def relabel(self, name: str, data: st.DataObject) -> None:
        self.count += 1
        seed = data.draw(st.integers(1, 99))
        said = {v: (n * seed % 11) / 10 for n, v in enumerate(sorted(self.vectors)) if n % 3}
        said = {video: min(chance, 1.0) for video, chance in said.items()}
        table = write_table(self.folder / f"l{self.count}.csv", [name], said.items())
        update_labels(UpdateLabelsConfig(index=self.folder / "i", labels=(table,)))
        self.chances[name] = dict(said)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @invariant()
    def it_says_what_the_dictionary_says(self) -> None:
        content = content_of(self.folder / "i")
        assert set(content.vectors) == set(self.vectors)
        for name, vector in self.vectors.items():
            assert np.allclose(content.vectors[name], vector / np.linalg.norm(vector), atol=1e-6)
        for attribute, chances in self.chances.items():
            wanted = {name: chances.get(name) for name in self.vectors}
            assert content.chances[attribute] == wanted
            assert content.labels[attribute] == {n: None if c is None else c >= 0.5 for n, c in wanted.items()}
        self._searched()

    def _searched(self) -> None:
        searcher = open_index(self.folder / "i")
        query = np.random.default_rng(5).normal(size=(1, DIM)).astype(np.float32)
        for restrict, chances in (("", None), *self.chances.items()):
            let = [n for n in self.vectors if chances is None or (chances.get(n) or 0) >= 0.5]
            found = searcher.search(query, k=8, restrict=restrict, exact=True)[0]
            scores = {n: float(query[0] @ self.vectors[n] / np.linalg.norm(self.vectors[n])) for n in let}
            best = sorted(let, key=lambda n: -scores[n])[:8]
            assert found.matched == len(let)
            assert len(found.ids) == len(best)
            assert set(found.ids) <= set(let)
            wanted = np.array([scores[n] for n in best]) / np.linalg.norm(query)
            assert np.allclose(found.scores, wanted, atol=1e-5)


TestIndex = Index.TestCase
TestIndex.settings = settings(
    max_examples=12, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=20),
    st.floats(0, 1),
    st.one_of(st.none(), st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda p: (min(p), max(p)))),
)
def test_a_label_is_decided_as_predicting_decides(
    chances: list[float | None], threshold: float, zone: tuple[float, float] | None
) -> None:
    from vibekit.core.attribute import Kind
    from vibekit.core.index import IndexedAttribute
    from vibekit.stages.index.label_file import label_table

    attribute = IndexedAttribute(name="a", kind=Kind.BINARY, labels=(True,), threshold=threshold, abstain=zone)
    given_ = np.array([[np.nan if c is None else c] for c in chances])
    table = label_table(attribute, given_)
    assert table.column(1).to_pylist() == chances
    for chance, decided in zip(chances, table.column(0).to_pylist(), strict=True):
        unsure = chance is None or (zone is not None and zone[0] <= chance < zone[1])
        assert decided == (None if unsure else chance >= threshold)  # type: ignore[operator]


def test_the_manifest_names_every_file_by_its_content(work: Path) -> None:
    index = work / "i"
    row = json.loads((index / "generations" / "g-000001.json").read_text())
    for file in row["files"].values():
        data = (index / "data" / file["name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert len(data) == file["bytes"]
