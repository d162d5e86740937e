"""The score of runs against golden sets with known counts."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from support.scoring import NAME, NO, YES, Case, confusion, definition, lost, make_both, make_golden, make_run, said
from vibekit.core.annotation import Status
from vibekit.core.attribute import Example, Kind
from vibekit.core.golden import Split
from vibekit.core.score import ScoreReport
from vibekit.errors import InputError
from vibekit.metrics.threshold import Goal
from vibekit.stages.score import Decision, GateRule, ScoreConfig, score
from vibekit.stages.score.frames import in_turn

DRAWS = 200


def config(run: Path, golden: Path, **options: object) -> ScoreConfig:
    """Return a quick request that writes no report."""
    plain = ScoreConfig(labels=run, golden=golden, draws=DRAWS, report=False, frames=False)
    return replace(plain, **options)  # type: ignore[arg-type]


def scored(folder: Path, cases: list[Case], **options: object) -> ScoreReport:
    """Write both sides and score them."""
    run, golden = make_both(folder, cases)
    return score(config(run, golden, **options))


def test_the_table_of_the_paper_comes_out_of_its_counts(tmp_path: Path) -> None:
    # Long et al., RecSys 2025, arXiv 2510.06657: precision 85.03, recall 77.94, F1 81.33 of the model; these are the
    # smallest counts that give all three
    report = scored(tmp_path, confusion(tp=159, fp=28, fn=45, tn=60))
    one = report.attributes[NAME]
    assert (one.n, one.tp, one.fp, one.fn, one.tn, one.coverage) == (292, 159, 28, 45, 60, 1.0)
    assert [round(100 * (e.value or 0), 2) for e in (one.precision, one.recall, one.f1)] == [85.03, 77.94, 81.33]
    for estimate in (one.precision, one.recall, one.f1, one.prevalence):
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.value is not None
        assert estimate.low < estimate.value < estimate.high
    assert report.annotator == "scripted"
    assert report.model == "tape"
    assert report.cost_usd == pytest.approx(2.92)
    assert report.uses == 1


def test_every_outcome_is_counted_and_none_is_dropped_in_silence(tmp_path: Path) -> None:
    cases = [
        *confusion(tp=30, fp=5, fn=5, tn=30),
        Case(truth=True, said=said(None)),
        Case(truth=True, said=lost(Status.BLOCKED)),
        *[Case(truth=False, said=lost(status)) for status in (Status.EMPTY, Status.INVALID, Status.MEDIA_ERROR)],
        Case(truth=True),
        Case(truth=None, said=YES),
    ]
    one = scored(tmp_path, cases).attributes[NAME]
    outcomes = one.outcomes
    assert (outcomes.golden, outcomes.ok, outcomes.abstain, outcomes.blocked) == (76, 70, 1, 1)
    assert (outcomes.failed, outcomes.missing, outcomes.undecided) == (3, 1, 1)
    assert one.n == 70
    assert one.coverage == pytest.approx(70 / 76)
    assert one.recall.value == pytest.approx(30 / 35)
    assert one.recall_of_all.value == pytest.approx(30 / 38)
    assert one.f1_of_all.value == pytest.approx(60 / (35 + 38))
    assert one.n_errors == 10 + 6
    assert {error.cause for error in one.errors} >= {"no label: blocked", "no label: missing", "false positive"}
    assert any("76 golden videos have no predicted label" in note for note in one.notes)


def test_weights_change_the_value_and_the_naive_one_stands_beside(tmp_path: Path) -> None:
    cases = [
        *[Case(truth=True, said=YES, weight=1, stratum="yes")] * 40,
        *[Case(truth=False, said=YES, weight=1, stratum="yes")] * 10,
        *[Case(truth=True, said=NO, weight=10, stratum="no")] * 5,
        *[Case(truth=False, said=NO, weight=10, stratum="no")] * 45,
    ]
    one = scored(tmp_path, cases).attributes[NAME]
    assert one.weighted
    assert one.recall.value == pytest.approx(40 / 90)
    assert one.naive["recall"] == pytest.approx(40 / 45)
    assert "precision" not in one.naive
    assert one.prevalence.value == pytest.approx(90 / 550)
    assert (one.tp, one.fn) == (40, 5)


@pytest.mark.parametrize("truth", [True, False])
def test_one_class_only_is_undefined_with_its_reason_and_no_error(tmp_path: Path, truth: bool) -> None:
    one = scored(tmp_path, [Case(truth=truth, said=NO)] * 30).attributes[NAME]
    assert one.precision.value is None
    assert one.precision.note == "no video is predicted true"
    assert one.roc_auc.value is None
    assert one.recall.value == (0.0 if truth else None)


def test_a_gate_on_an_undefined_metric_fails(tmp_path: Path) -> None:
    report = scored(tmp_path, [Case(truth=False, said=NO)] * 30, gates=(GateRule(metric="f1", at_least=0.1),))
    assert report.passed is False
    assert report.gates[0].measured is None


def test_the_order_of_videos_changes_nothing(tmp_path: Path) -> None:
    cases = [
        Case(truth=n % 3 == 0, said=said(n % 4 == 0, (n * 37 % 100) / 100), group=f"g{n % 11}", weight=1 + n % 2)
        for n in range(90)
    ]
    first = scored(tmp_path / "a", cases).attributes[NAME]
    run, golden = tmp_path / "a" / "run", tmp_path / "b"
    # the same videos, the golden set's rows in another order
    make_golden(golden, cases)
    lines = (golden / "items.csv").read_text().splitlines()
    random.Random(3).shuffle(rest := lines[1:])
    (golden / "items.csv").write_text("\n".join([lines[0], *rest]) + "\n")
    second = score(config(run, golden)).attributes[NAME]
    for name in ("precision", "recall", "f1", "accuracy", "prevalence"):
        one, other = getattr(first, name), getattr(second, name)
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
    assert first.roc_auc.value == pytest.approx(second.roc_auc.value)
    assert first.errors == second.errors


@pytest.mark.parametrize(
    "cases",
    [
        [Case(truth=True)] * 5 + [Case(truth=False, said=NO)],
        [Case(truth=n % 2 == 0, said=YES, group="one") for n in range(20)],
        [Case(truth=None, said=YES)] * 5,
        [Case(truth=False, said=said(None))] * 5,
    ],
    ids=["all but one missing", "one group", "no golden label", "all abstained"],
)
def test_degenerate_sets_give_a_report_with_reasons(tmp_path: Path, cases: list[Case]) -> None:
    one = scored(tmp_path, cases).attributes[NAME]
    for name in ("precision", "recall", "f1"):
        estimate = getattr(one, name)
        assert (estimate.value is not None and estimate.low is not None) or estimate.note


def test_videos_that_the_definition_names_are_left_out(tmp_path: Path) -> None:
    cases = confusion(tp=10, fp=10, fn=10, tn=10)
    named = (
        Example(video="v0.mp4", label=True, why="shown"),
        Example(video="/old/place/v1.mp4", label=True, why="shown"),
        Example(video="v39", label=False, why="shown"),
    )
    shown = definition(examples=named)
    run = make_run(tmp_path / "run", {NAME: [case.said for case in cases]}, shown)
    golden = make_golden(tmp_path / "golden", cases, accepts=(shown.fingerprint,))
    one = score(config(run, golden)).attributes[NAME]
    assert one.outcomes.named == 3
    assert (one.tp, one.tn) == (8, 9)


def test_another_definition_is_refused_and_what_changed_is_said(tmp_path: Path) -> None:
    cases = confusion(tp=5, fp=5, fn=5, tn=5)
    other = definition(exclude=("Toys.",))
    run = make_run(tmp_path / "run", {NAME: [case.said for case in cases]}, other)
    golden = make_golden(tmp_path / "golden", cases)
    with pytest.raises(InputError, match=r"changed are exclude .*Toys") as refused:
        score(config(run, golden))
    assert "--allow-stale" in refused.value.hint
    report = score(config(run, golden, allow_stale=True))
    assert definition().fingerprint in report.stale
    accepting = make_golden(tmp_path / "accepting", cases, accepts=(other.fingerprint,))
    assert score(config(run, accepting)).stale == ""


def test_pictures_are_taken_of_every_attribute_in_turn(tmp_path: Path) -> None:
    """Only so many videos have pictures: the first attribute may not use them all up."""
    one = scored(tmp_path / "a", confusion(tp=5, fp=3, fn=0, tn=5)).attributes[NAME]
    other = scored(tmp_path / "b", confusion(tp=5, fp=0, fn=2, tn=3)).attributes[NAME]
    first, second = ([error.video_id for error in each.errors] for each in (one, other))
    wanted = [first[0], second[0], first[1], second[1], first[2]]
    assert [error.video_id for error in in_turn([one, other])] == wanted


def chances(split: Split, *, shift: float = 0.0) -> list[Case]:
    """Return videos whose probability parts them at 0.3."""
    return [
        Case(truth=n >= 30, said=said(n / 100 + shift >= 0.5, min(1.0, n / 100 + shift)), split=split)
        for n in range(100)
    ]


def test_a_threshold_is_chosen_on_tune_and_measured_on_test(tmp_path: Path) -> None:
    cases = chances(Split.TUNE) + chances(Split.TEST, shift=0.05)
    one = scored(tmp_path, cases).attributes[NAME]
    assert one.threshold is not None
    assert one.threshold.value == pytest.approx(0.295, abs=0.006)
    assert one.threshold.tune["f1"].value == 1.0
    assert one.threshold.scored["precision"].value == pytest.approx(70 / 75)
    assert one.threshold.scored["recall"].value == 1.0
    assert one.threshold.current == 0.5
    assert [row.method for row in one.calibration] == ["none", "platt", "isotonic", "temperature"]
    assert one.calibration[0].brier == one.brier


def test_a_precision_that_no_threshold_reaches_is_said(tmp_path: Path) -> None:
    cases = [Case(truth=n % 2 == 0, said=said(True, n / 40), split=Split.TUNE) for n in range(40)]
    goal = Goal(kind="precision", precision=0.99)
    one = scored(tmp_path, cases + confusion(tp=2, fp=2, fn=2, tn=2), goal=goal).attributes[NAME]
    assert one.threshold is not None
    assert one.threshold.value is None
    assert "no threshold has a precision of 0.99" in one.threshold.note


def test_a_threshold_is_written_and_nothing_else_changes(tmp_path: Path) -> None:
    run, golden = make_both(tmp_path, chances(Split.TUNE) + chances(Split.TEST))
    mine = tmp_path / "mine"
    mine.mkdir()
    text = (run / "attributes" / f"{NAME}.yaml").read_text()
    old = text.replace("threshold: 0.5", "threshold: 0.5  # a guess") + "# the end\n"
    (mine / f"{NAME}.yaml").write_text(old)
    report = score(config(run, golden, write_threshold=True, attributes_dir=mine))
    chosen = report.attributes[NAME].threshold
    assert chosen is not None
    new = (mine / f"{NAME}.yaml").read_text()
    assert new == old.replace("threshold: 0.5  #", f"threshold: {chosen.value}  #")
    assert chosen.written == str(mine / f"{NAME}.yaml")
    # and now it counts
    report = score(config(run, golden, decision=Decision.THRESHOLD, attributes_dir=mine))
    assert report.attributes[NAME].f1.value == 1.0
    assert any(f"P(true) >= {chosen.value:g}" in note for note in report.attributes[NAME].notes)


def test_no_threshold_is_written_from_the_test_split(tmp_path: Path) -> None:
    run, golden = make_both(tmp_path, chances(Split.TEST))
    with pytest.raises(InputError, match="the golden set has no tune split"):
        score(config(run, golden, write_threshold=True))
    # it was refused before the test split was looked at
    assert score(config(run, golden)).uses == 1


def test_no_threshold_is_written_into_a_definition_that_is_not_there_or_another_one(tmp_path: Path) -> None:
    run, golden = make_both(tmp_path, chances(Split.TUNE) + chances(Split.TEST))
    with pytest.raises(InputError, match=f"the definition of '{NAME}' is nowhere"):
        score(config(run, golden, write_threshold=True))
    mine = tmp_path / "mine"
    mine.mkdir()
    text = (run / "attributes" / f"{NAME}.yaml").read_text()
    (mine / f"{NAME}.yaml").write_text(text.replace("opening a new product?", "opening something?"))
    with pytest.raises(InputError, match="and this is"):
        score(config(run, golden, write_threshold=True, attributes_dir=mine))


def test_gates_hold_against_the_lower_end_and_each_attribute(tmp_path: Path) -> None:
    run, golden = make_both(tmp_path, confusion(tp=80, fp=20, fn=20, tn=80))
    rules = (GateRule(metric="f1", at_least=0.75), GateRule(metric="recall", at_least=0.5, attribute=NAME))
    report = score(config(run, golden, gates=rules))
    assert [(g.attribute, g.metric, g.passed) for g in report.gates] == [(NAME, "f1", False), (NAME, "recall", True)]
    assert report.gates[0].measured == report.attributes[NAME].f1.low
    assert report.passed is False
    with pytest.raises(InputError, match="which is not scored") as refused:
        score(config(run, golden, gates=(GateRule(metric="f1", at_least=0.5, attribute="unboxin"),)))
    assert f"did you mean '{NAME}'?" in refused.value.hint


def test_no_overlap_shows_names_of_both_sides(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [YES, NO]})
    golden = tmp_path / "golden.csv"
    golden.write_text(f"video,attribute,label\nother.mp4,{NAME},true\nelse.mp4,{NAME},false\n")
    with pytest.raises(InputError, match=r"none of the 2 golden videos .* other.mp4, else.mp4; .*clips/v0.mp4"):
        score(config(run, golden))


def test_a_plain_table_names_videos_by_file_name(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [YES, NO, YES]})
    golden = tmp_path / "golden.csv"
    golden.write_text(f"video,attribute,label\nv0.mp4,{NAME},yes\nv1,{NAME},1\nclips/v2.mp4,{NAME},false\n")
    report = score(config(run, golden))
    one = report.attributes[NAME]
    assert (one.tp, one.fn, one.fp) == (1, 1, 1)
    assert report.uses is None
    assert any("counts no looks" in warning for warning in report.warnings)


def test_an_attribute_that_one_side_lacks_is_named(tmp_path: Path) -> None:
    run, golden = make_both(tmp_path, confusion(tp=1, fp=1, fn=1, tn=1))
    with pytest.raises(InputError, match="the golden set has no attribute 'unboxin'") as refused:
        score(config(run, golden, attributes=("unboxin",)))
    assert "did you mean 'unboxing'?" in refused.value.hint
    other = make_golden(tmp_path / "other", confusion(tp=1, fp=1, fn=1, tn=1), definition("calming"))
    with pytest.raises(InputError, match="there are no labels of 'calming'") as refused:
        score(config(run, other))
    assert NAME in refused.value.hint


def test_several_labels_are_scored_by_macro_averages_and_the_scale(tmp_path: Path) -> None:
    from vibekit.core.attribute import Choice

    scale = tuple(Choice(label=n, meaning=f"step {n}") for n in (1, 2, 3))
    calm = definition("calm", kind=Kind.ORDINAL, choices=scale, edge_cases=())
    pairs = [(1, 1)] * 20 + [(1, 2)] * 5 + [(2, 2)] * 20 + [(2, 3)] * 5 + [(3, 3)] * 20 + [(3, 1)] * 2
    run = make_run(tmp_path / "run", {"calm": [said(label, 0.7) for _, label in pairs]}, calm)
    golden = make_golden(tmp_path / "golden", [Case(truth=truth) for truth, _ in pairs], calm)
    report = score(config(run, golden))
    one = report.attributes["calm"]
    assert one.accuracy.value == pytest.approx(60 / 72)
    assert one.more["micro_f1"] == one.accuracy
    assert one.more["mae"].value == pytest.approx((5 + 5 + 2 * 2) / 72)
    assert set(one.more) >= {"weighted_kappa", "spearman", "mae"}
    assert one.per_label["1"]["recall"].value == pytest.approx(20 / 25)
    assert one.confusion is not None
    assert one.confusion.counts == ((20, 5, 0), (0, 20, 5), (2, 0, 20))
    assert report.macro == {}
    assert {e.cause for e in one.errors} == {"1 taken for 2", "2 taken for 3", "3 taken for 1"}
