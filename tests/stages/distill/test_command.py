"""A distillation from files to a student: what it finds, what it says, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.embedded import write_set
from support.prediction import make_work
from support.prediction import run as run_predict
from support.scoring import NO, YES, definition, lost, make_run, video_id
from support.silver import Made, make, write_golden
from vibekit.core.annotation import Status
from vibekit.core.labels import LabelsStatus
from vibekit.errors import InputError, UsageError
from vibekit.formats.labels_manifest import read_labels_manifest, write_labels_manifest
from vibekit.formats.student import read_student
from vibekit.stages.distill import DistillConfig, DistillOptions, distill
from vibekit.stages.distill.silver import read_silver
from vibekit.student.network import network_of

QUICK = DistillOptions(
    head="linear", held_out=0.15, test=0.15, draws=100, curve=False, ablation=False, abstain_precision=0.9
)

X40 = np.random.default_rng(1).standard_normal((40, 8))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"))


def config(made: Made, out: Path, **changes: object) -> DistillConfig:
    plain = DistillConfig(sources=(made.silver,), embeddings=made.embeddings, out=out, options=QUICK)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_student_with_its_report(made: Made, tmp_path: Path) -> None:
    report = distill(config(made, tmp_path / "s", golden=made.golden, suggest=7))
    assert report.silver.used == 480
    assert report.head == "linear"
    straight = report.attributes["straight"]
    assert straight.agreement is not None
    assert (straight.agreement.f1.value or 0) > 0.9
    golden = straight.golden
    assert golden is not None
    # 80 golden videos are for tuning: enough to calibrate by
    assert (golden.n, straight.threshold_from) == (80, "golden tune")
    assert golden.teacher.value is not None
    assert golden.verdict in ("shown", "not shown: n too small")
    assert report.attributes["mood"].golden is None
    assert [head.head for head in straight.heads] == ["linear", "knn", "majority"]
    student, tensors = read_student(tmp_path / "s")
    assert student.columns == ("straight", "curved", "mood=happy", "mood=neither", "mood=sad")
    assert student.weights == report.weights
    logits = network_of(student.heads, tensors).logits(made.x)
    assert np.corrcoef(logits["straight"][:, 0], made.x[:, 0])[0, 1] > 0.95
    metrics = json.loads((tmp_path / "s" / "metrics.json").read_text())
    assert metrics["recipe"] == report.recipe
    assert "Student and teacher against people" in (tmp_path / "s" / "MODEL_CARD.md").read_text()
    listed = (tmp_path / "s" / "suggest.csv").read_text().splitlines()
    assert len(listed) == 8
    assert {line.split(",")[0] for line in listed[1:]} <= set(made.ids[480:])


def test_the_network_beats_a_line_where_it_must_and_repeats(made: Made, tmp_path: Path) -> None:
    options = replace(QUICK, head="mlp", hidden="32", epochs=40, lr=0.01, threads=1, curve=True)
    one = distill(config(made, tmp_path / "a", attributes=("curved",), options=options))
    two = distill(config(made, tmp_path / "b", attributes=("curved",), options=options))
    assert one.weights == two.weights
    assert one.recipe == two.recipe
    heads = {head.head: head for head in one.attributes["curved"].heads}
    assert list(heads) == ["mlp", "linear", "knn", "majority"]
    assert (heads["mlp"].average_precision.value or 0) > (heads["linear"].average_precision.value or 0)
    assert [point.n for point in one.curve] == sorted(point.n for point in one.curve)
    assert one.cascade[-1].f1 == pytest.approx(1)


def test_cross_validation_measures_every_video_out_of_fold(made: Made, tmp_path: Path) -> None:
    report = distill(config(made, tmp_path / "s", options=replace(QUICK, cv=4), golden=made.golden))
    straight = report.attributes["straight"]
    assert report.evaluation == "4-fold, out of fold"
    assert straight.agreement is not None
    assert straight.agreement.n == 480
    assert straight.agreement.average_precision.low is not None
    assert straight.threshold_from == "out of fold"


def test_the_same_command_again_is_the_same_student_and_another_one_is_not_overwritten(
    made: Made, tmp_path: Path
) -> None:
    first = distill(config(made, tmp_path / "s"))
    assert distill(config(made, tmp_path / "s")).weights == first.weights
    with pytest.raises(InputError, match="other data or settings"):
        distill(config(made, tmp_path / "s", attributes=("straight",)))
    forced = distill(config(made, tmp_path / "s", attributes=("straight",), force=True))
    assert forced.weights != first.weights


def test_a_new_attribute_leaves_the_old_ones_bit_for_bit(made: Made, tmp_path: Path) -> None:
    options = replace(QUICK, head="mlp", hidden="16", epochs=3, threads=1)
    distill(config(made, tmp_path / "old", attributes=("straight", "mood"), options=options))
    report = distill(config(made, tmp_path / "new", attributes=("curved",), options=options, start=tmp_path / "old"))
    assert report.warm is not None
    assert (report.warm.kept, report.warm.added) == (("straight", "mood"), ("curved",))
    assert not [word for word in report.warnings if "trained" in word]
    old, before = read_student(tmp_path / "old")
    new, after = read_student(tmp_path / "new")
    assert new.heads[:2] == old.heads
    assert new.columns == (*old.columns, "curved")
    assert np.array_equal(before["mlp.0.weight"], after["mlp.0.weight"])
    was, now = network_of(old.heads, before).logits(made.x), network_of(new.heads, after).logits(made.x)
    assert all(np.allclose(was[name], now[name], atol=1e-6) for name in was)


def test_labels_that_make_an_old_attribute_worse_are_refused(made: Made, tmp_path: Path) -> None:
    distill(config(made, tmp_path / "old", attributes=("straight",)))
    wrong = pa.table({"video_id": made.ids[:480], "straight": 1 - made.chance["straight"][:480]})
    pq.write_table(wrong, tmp_path / "wrong.parquet")
    report = distill(
        config(
            made, tmp_path / "new", sources=(tmp_path / "wrong.parquet",), start=tmp_path / "old",
            golden=write_golden(tmp_path / "g.csv", made, range(0, 480, 2)), options=replace(QUICK, l2=0.1),
        )
    )  # fmt: skip
    assert report.warm is not None
    # the old student has learnt the teacher's labels of what is golden now
    assert [word for word in report.warnings if "trained beside no golden set" in word]
    assert report.warm.fallen == ("straight",)
    assert report.student == ""
    assert not (tmp_path / "new" / "student.json").exists()


def test_a_student_of_another_space_is_no_start(made: Made, tmp_path: Path) -> None:
    distill(config(made, tmp_path / "old", attributes=("straight",)))
    write_set(tmp_path / "E", np.tile(made.x, (1, 2)), ids=made.ids, shard_rows=300)
    with pytest.raises(InputError, match="this student sees"):
        distill(config(made, tmp_path / "new", embeddings=tmp_path / "E", start=tmp_path / "old"))


def test_ids_that_do_not_match_show_three_of_each_side(made: Made, tmp_path: Path) -> None:
    pq.write_table(pa.table({"video_id": [f"w{i}" for i in range(50)], "a": [0.1, 0.9] * 25}), tmp_path / "s.parquet")
    with pytest.raises(InputError, match="labels have w0, w1, w10; the embeddings have v00000, v00001, v00002"):
        distill(config(made, tmp_path / "s", sources=(tmp_path / "s.parquet",)))
    assert not (tmp_path / "s" / "student.json").exists()


def test_vectors_that_say_nothing_are_counted(tmp_path: Path) -> None:
    made = make(tmp_path / "made", n=300, labelled=0.9)
    x, ok = made.x.copy(), np.ones(300, bool)
    x[0], x[1], x[2], ok[3] = np.nan, 0, np.inf, False
    write_set(tmp_path / "E", x[:260], ids=made.ids[:260], shard_rows=100, ok=ok[:260])
    report = distill(config(made, tmp_path / "s", embeddings=tmp_path / "E"))
    silver = report.silver
    assert (silver.videos, silver.used) == (270, 256)
    assert (silver.without_embedding, silver.failed, silver.bad_vectors) == (10, 1, 3)
    assert any("v00000: the vector is zero, NaN or infinite" in line for line in silver.examples)


@pytest.mark.parametrize(("positives", "words"), [(1, "1 true, 99 false"), (0, "0 true, 100 false")])
def test_fewer_than_two_positives_are_an_error(tmp_path: Path, positives: int, words: str) -> None:
    made = make(tmp_path, n=100)
    table = pa.table({"video_id": made.ids, "rare": [0.9] * positives + [0.1] * (100 - positives)})
    pq.write_table(table, made.silver)
    with pytest.raises(InputError, match=words):
        distill(config(made, tmp_path / "s"))


def test_few_positives_are_a_warning_and_the_linear_head(tmp_path: Path) -> None:
    made = make(tmp_path, n=200)
    table = pa.table({"video_id": made.ids, "rare": [0.9] * 12 + [0.1] * 188})
    pq.write_table(table, made.silver)
    report = distill(config(made, tmp_path / "s", options=replace(QUICK, head="mlp", epochs=1)))
    assert any("'rare' has 12 positives, " in warning and "fewer than 20" in warning for warning in report.warnings)
    assert report.attributes["rare"].head == "linear"


def test_a_run_with_ok_answers_only_and_two_sources_with_weights(tmp_path: Path) -> None:
    answers = [YES, NO] * 60 + [lost(Status.BLOCKED), lost(Status.ERROR), None]
    one = make_run(tmp_path / "one", {"calming": answers})
    two = make_run(tmp_path / "two", {"calming": [NO, NO] * 20})
    x = np.random.default_rng(0).standard_normal((123, 24)).astype(np.float32)
    x[:120:2, 0] += 2
    write_set(tmp_path / "E", x, ids=[video_id(n) for n in range(123)], shard_rows=50)
    report = distill(
        DistillConfig(
            sources=(one, two), embeddings=tmp_path / "E", out=tmp_path / "s", weights=(("two", 0.25),),
            options=replace(QUICK, cv=3),
        )
    )  # fmt: skip
    first, second = report.silver.sources
    assert (first.labels, dict(first.left_out), first.model) == (120, {"blocked": 1, "failed": 1}, "tape")
    assert (second.weight, second.labels) == (0.25, 40)
    # the creators of these clips are seven
    assert report.silver.groups == 7
    # .96 of weight 1 against .04 of weight .25 stays true
    assert report.attributes["calming"].labels == {"true": 60, "false": 60}
    assert report.attributes["calming"].definition == definition("calming").fingerprint


def test_sources_with_different_definitions_are_not_mixed(tmp_path: Path) -> None:
    one = make_run(tmp_path / "one", {"calming": [YES, NO] * 20})
    two = make_run(tmp_path / "two", {"calming": [YES, NO] * 20}, definition("calming", question="Is it calm at all?"))
    write_set(tmp_path / "E", X40, ids=[video_id(n) for n in range(40)], shard_rows=50)
    with pytest.raises(InputError, match="was labelled by the definition"):
        distill(DistillConfig(sources=(one, two), embeddings=tmp_path / "E", out=tmp_path / "s", options=QUICK))


def test_a_golden_set_of_another_definition_is_refused(tmp_path: Path) -> None:
    from support.scoring import Case, make_golden

    run = make_run(tmp_path / "one", {"calming": [YES, NO] * 20})
    golden = make_golden(
        tmp_path / "g",
        [Case(truth=n % 2 == 0) for n in range(40)],
        definition("calming", question="Is it calm at all?"),
    )
    write_set(tmp_path / "E", X40, ids=[video_id(n) for n in range(40)], shard_rows=50)
    with pytest.raises(InputError, match="was rated as"):
        distill(
            DistillConfig(sources=(run,), embeddings=tmp_path / "E", out=tmp_path / "s", golden=golden, options=QUICK)
        )


def test_a_run_lacks_an_attribute(tmp_path: Path) -> None:
    run = make_run(tmp_path / "one", {"calming": [YES, NO] * 20, "funny": [lost(Status.ERROR)] * 40})
    write_set(tmp_path / "E", X40, ids=[video_id(n) for n in range(40)], shard_rows=50)
    plain = DistillConfig(sources=(run,), embeddings=tmp_path / "E", out=tmp_path / "s", options=QUICK)
    with pytest.raises(InputError, match="no label of 'funny' has the status ok"):
        distill(plain)
    with pytest.raises(InputError, match="no labels of 'clming'"):
        distill(replace(plain, attributes=("clming",)))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"mood=a": [0.5, 0.5], "mood=b": [0.9, 0.5]}, "sum to 1.400"),
        ({"calming": [0.5, 1.5]}, "is no probability"),
        ({"title": ["x", "y"]}, "there is no label in it"),
    ],
)
def test_a_table_that_says_nothing_right(
    made: Made, tmp_path: Path, columns: dict[str, list[object]], words: str
) -> None:
    pq.write_table(pa.table({"video_id": made.ids[:2], **columns}), tmp_path / "s.parquet")
    with pytest.raises(InputError, match=words):
        distill(config(made, tmp_path / "s", sources=(tmp_path / "s.parquet",)))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (replace(QUICK, cv=1), UsageError),
        (replace(QUICK, hidden="5x"), UsageError),
        (replace(QUICK, lr=0), InputError),
        (replace(QUICK, smoothing=0.9), InputError),
    ],
)
def test_settings_that_make_no_sense(
    made: Made, tmp_path: Path, options: DistillOptions, error: type[Exception]
) -> None:
    with pytest.raises(error):
        distill(config(made, tmp_path / "s", options=options))


def test_folders_of_something_else_are_left_alone(made: Made, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "MODEL_CARD.md").write_text("of another model")
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"not a student: it holds 'notes\.txt'"):
        distill(config(made, mine))
    with pytest.raises(InputError, match="not a student: it holds embeddings"):
        distill(config(made, made.embeddings))
    assert (mine / "MODEL_CARD.md").read_text() == "of another model"
    with pytest.raises(InputError, match="this is embeddings, neither a run nor a table"):
        distill(config(made, tmp_path / "s", sources=(made.embeddings,)))


def test_labels_of_a_student_are_said_to_be_such(tmp_path: Path) -> None:
    made = make_work(tmp_path)
    run_predict(made)
    manifest = read_labels_manifest(made / "l")
    found = read_silver((made / "l",), attributes=("calming",), weights={}, smoothing=0.05)
    assert [(one.annotator, one.model) for one in found.sources] == [("student", str(made / "s"))]
    assert "labels of a student" in found.warnings[0]
    assert found.definitions["calming"] == next(head.definition for head in manifest.heads if head.name == "calming")
    write_labels_manifest(made / "l", replace(manifest, status=LabelsStatus.RUNNING))
    with pytest.raises(InputError, match="not finished"):
        read_silver((made / "l",), attributes=("calming",), weights={}, smoothing=0.05)


def test_folds_count_what_the_student_was_fitted_on(made: Made, tmp_path: Path) -> None:
    report = distill(config(made, tmp_path / "s", options=replace(QUICK, cv=3)))
    silver = report.silver
    assert silver.train + silver.held_out == silver.test == silver.used == 480
    student, _ = read_student(tmp_path / "s")
    head = next(head for head in student.heads if head.name == "straight")
    assert sum(head.positives.values()) == silver.train
    assert "each by a network that has not seen its group" in (tmp_path / "s" / "MODEL_CARD.md").read_text()
    with pytest.raises(UsageError, match="--cv does not go with --from"):
        distill(config(made, tmp_path / "t", start=tmp_path / "s", options=replace(QUICK, cv=3)))


def test_groups_of_a_table_stay_together(made: Made, tmp_path: Path) -> None:
    lines = ["video_id,group", *[f"{name},g{i % 40}" for i, name in enumerate(made.ids)]]
    (tmp_path / "groups.csv").write_text("\n".join(lines) + "\n")
    report = distill(config(made, tmp_path / "s", groups=tmp_path / "groups.csv"))
    assert report.silver.groups == 40
    assert report.attributes["straight"].agreement is not None


def test_blocks_of_the_embedding_are_taken_apart(made: Made, tmp_path: Path) -> None:
    from vibekit.core.embedding import Block
    from vibekit.formats.embeddings import open_embeddings
    from vibekit.stages.distill import command
    from vibekit.stages.distill.curve import ablation
    from vibekit.stages.distill.options import settings_of
    from vibekit.stages.progress import Silent

    setting = config(made, tmp_path / "s", attributes=("straight",))
    given = command._read(setting)
    learnt = command._learn(setting, given, settings_of(QUICK), Silent())
    blocks = [
        Block(embedder="has", start=0, dim=3, normalisation="none"),
        Block(embedder="lacks", start=3, dim=9, normalisation="none"),
    ]
    has, lacks = ablation(
        given.data, given.teachers, learnt, blocks=blocks, settings=settings_of(QUICK), cv=0, progress=Silent()
    )
    assert open_embeddings(made.embeddings).space.dim == 12
    assert has.alone is not None
    assert has.without is not None
    assert has.alone > 0.9
    assert has.without < has.alone - 0.2
    assert lacks.without == pytest.approx(has.alone)
