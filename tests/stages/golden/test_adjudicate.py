"""From ratings to labels: by vote, by experts, by the model; what stands, what changes, what is asked again."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from support.rated_set import hash_of, said, votes, write_set
from vibekit.cli.main import run
from vibekit.core.golden import Event, GoldenLabel, Role
from vibekit.formats.golden_labels import LABELS_FILE, read_labels, write_labels
from vibekit.formats.golden_ratings import RATINGS_FILE, RatingsLog
from vibekit.metrics.dawid_skene import dawid_skene
from vibekit.metrics.ratings import encode
from vibekit.stages.golden.adjudicate import AdjudicateConfig, Method, adjudicate
from vibekit.stages.golden.adjudicate_report import AttributeReport
from vibekit.stages.golden.open import open_golden

DATA = Path(os.environ.get("VIBEKIT_BENCH_DATA", Path(__file__).parents[4] / "shared" / "data")) / "raters"
THREE = {"anna": "ttff t", "ben": "tfff-f", "cora": "ttft--"}


def decide(golden: Path, **changes: object) -> AttributeReport:
    config = replace(AdjudicateConfig(golden=golden), **changes)  # type: ignore[arg-type]
    return adjudicate(config).attributes["unboxing"]


def labels_of(golden: Path) -> dict[int, GoldenLabel]:
    labels = read_labels(golden / LABELS_FILE, open_golden(golden).attributes)
    return {int(video_id, 16): label for (video_id, _), label in labels.items()}


def test_the_majority_decides_and_a_tie_is_no_label(tmp_path: Path) -> None:
    golden = write_set(tmp_path / "g", votes(THREE))
    report = decide(golden)
    found = labels_of(golden)
    assert [found[i].label for i in range(6)] == [True, True, False, False, None, None]
    assert [found[i].n_raters for i in range(6)] == [3, 3, 3, 3, 0, 2]
    assert found[1].agreement == pytest.approx(2 / 3)
    assert (found[4].note, found[5].note) == ("all abstained", "a tie")
    assert (report.decided, report.undecided, report.without, report.new) == (4, 2, 0, 6)
    assert [q.video_id for q in report.queue] == [hash_of(v) for v in (4, 5, 1, 3)]


def test_too_few_raters_give_no_label(tmp_path: Path) -> None:
    golden = write_set(tmp_path / "g", votes({"anna": "tt", "ben": "t "}))
    decide(golden, min_raters=2)
    found = labels_of(golden)
    assert (found[0].label, found[1].label) == (True, None)
    assert "1 of the 2 raters" in found[1].note


def test_a_ruling_stands_above_votes_and_leaves_the_queue(tmp_path: Path) -> None:
    rulings = [said("eva", 1, False, role=Role.EXPERT, note="the box was open"), said("eva", 5, None, role=Role.EXPERT)]
    golden = write_set(tmp_path / "g", [*votes(THREE), *rulings])
    for method in Method:
        report = decide(golden, method=method)
        found = labels_of(golden)
        assert (found[1].label, found[1].source) == (False, "expert")
        assert found[5].label is None
        assert hash_of(1) not in {q.video_id for q in report.queue}


def test_the_expert_alone_decides_where_that_is_asked_for(tmp_path: Path) -> None:
    golden = write_set(tmp_path / "g", [*votes(THREE), said("eva", 0, True, role=Role.EXPERT)])
    decide(golden, method=Method.EXPERT)
    found = labels_of(golden)
    assert (found[0].label, found[2].label) == (True, None)
    assert found[2].note == "no expert has ruled"


def crowd() -> list[Event]:
    """Three good raters, and two who say true to everything: they outvote one who slips."""
    truth = "tf" * 20
    slip = "".join("tf"[c == "t"] if i == 7 else c for i, c in enumerate(truth))
    return votes({"anna": truth, "ben": truth, "cora": slip, "yes1": "t" * 40, "yes2": "t" * 40})


def test_the_model_sees_through_raters_who_always_say_the_same(tmp_path: Path) -> None:
    golden = write_set(tmp_path / "g", crowd(), videos=40)
    decide(golden)
    assert labels_of(golden)[7].label is True
    report = decide(golden, method=Method.DAWID_SKENE)
    found = labels_of(golden)
    assert found[7].label is False
    assert found[7].probability is not None
    assert found[7].probability < 0.1
    assert found[7].agreement == pytest.approx(2 / 5)
    assert [c.video_id for c in report.changed] == [hash_of(7)]
    assert report.model is not None
    assert {r.rater for r in report.model.raters[:2]} == {"yes1", "yes2"}
    assert report.model.raters[0].confusion["false"]["true"] > 0.95
    assert report.model.prior["true"] == pytest.approx(0.5, abs=0.02)


def test_a_hidden_repeat_has_no_vote_but_counts_for_the_model(tmp_path: Path) -> None:
    events = [*votes({"anna": "tf", "ben": "ff"}), said("anna", 0, True, repeat=1)]
    golden = write_set(tmp_path / "g", events)
    decide(golden)
    assert labels_of(golden)[0].note == "a tie"
    report = decide(golden, method=Method.DAWID_SKENE)
    assert report.model is not None
    assert {r.rater: r.n for r in report.model.raters} == {"anna": 3, "ben": 2}
    assert any("fewer than three raters" in w for w in report.model.warnings)


def test_imported_labels_and_those_of_unrated_videos_stand(tmp_path: Path) -> None:
    golden = write_set(tmp_path / "g", votes({"anna": "tt", "ben": "tt"}))
    rows = [
        GoldenLabel(video_id=hash_of(v), attribute="unboxing", label=False, source=source, note="by hand")
        for v, source in ((0, "import"), (1, "majority"), (5, "import"))
    ]
    write_labels(golden / LABELS_FILE, rows)
    report = adjudicate(AdjudicateConfig(golden=golden))
    found = labels_of(golden)
    assert {v: (g.label, g.source) for v, g in found.items()} == {
        0: (False, "import"), 1: (True, "majority"), 5: (False, "import"),
    }  # fmt: skip
    assert report.attributes["unboxing"].imported == 2
    assert "by hand" in Path(report.backup).read_text("utf-8")
    decide(golden, over_imported=True)
    assert labels_of(golden)[0].label is True
    assert labels_of(golden)[5].label is False


def test_other_attributes_keep_their_labels(tmp_path: Path) -> None:
    from support.definitions import good

    both = {"unboxing": good(), "opening": good("opening")}
    events = [*votes({"anna": "tf", "ben": "tf"}), *votes({"anna": "ft", "ben": "ft"}, attribute="opening")]
    golden = write_set(tmp_path / "g", events, definitions=both)
    report = adjudicate(AdjudicateConfig(golden=golden, attributes=("unboxing",)))
    assert list(report.attributes) == ["unboxing"]
    labels = read_labels(golden / LABELS_FILE, open_golden(golden).attributes)
    assert labels[hash_of(0), "opening"].label is False
    assert not open_golden(golden).warnings


def test_an_attribute_that_nobody_rated_yet_has_no_model(tmp_path: Path) -> None:
    from support.definitions import good

    both = {"unboxing": good(), "opening": good("opening")}
    events = [*votes({"anna": "tf", "ben": "tf", "cora": "tt"}), said("anna", 0, None, attribute="opening")]
    golden = write_set(tmp_path / "g", events, definitions=both)
    found = adjudicate(AdjudicateConfig(golden=golden, method=Method.DAWID_SKENE)).attributes
    assert found["unboxing"].model is not None
    assert (found["opening"].model, found["opening"].decided, found["opening"].undecided) == (None, 0, 1)


def test_the_same_command_twice_changes_nothing(tmp_path: Path) -> None:
    golden = write_set(tmp_path / "g", votes(THREE))
    decide(golden)
    before = (golden / LABELS_FILE).read_bytes()
    again = adjudicate(AdjudicateConfig(golden=golden))
    assert (golden / LABELS_FILE).read_bytes() == before
    assert (again.backup, again.attributes["unboxing"].changed, again.attributes["unboxing"].new) == ("", (), 0)
    with RatingsLog(golden / RATINGS_FILE) as log:
        log.append(said("dora", 5, True))
    (change,) = decide(golden).changed
    assert (change.path, change.before, change.after) == ("clips/clip5.mp4", "none", "true")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    golden = write_set(tmp_path / "g", votes(THREE))
    report = adjudicate(AdjudicateConfig(golden=golden, dry_run=True))
    assert report.labels == ""
    assert not (golden / LABELS_FILE).exists()


def test_the_command_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    golden = write_set(tmp_path / "g", crowd(), videos=40)
    assert run(["golden", "adjudicate", str(golden), "--method", "dawid-skene", "--queue"]) == 0
    text = capsys.readouterr().out
    for words in ("40 of 40 videos have a label (true 20, false 20)", "error rate", "yes1", "raters disagree", "wrote"):
        assert words in text
    assert run(["golden", "adjudicate", str(golden), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["attributes"]["unboxing"]["changed"][0]["path"] == "clips/clip7.mp4"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--method", "majorty"], 2, "did you mean 'majority'?"),
        (["--min-raters", "0"], 2, "--min-raters 0"),
        (["-a", "unbxing"], 3, "did you mean 'unboxing'?"),
        (["--precedent", "clip0"], 2, "--precedent and --why go together"),
        (["--why", "because"], 2, "--precedent and --why go together"),
    ],
)
def test_wrong_options_are_refused_in_words(
    tmp_path: Path, words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = write_set(tmp_path / "g", votes(THREE))
    assert run(["golden", "adjudicate", str(golden), *words]) == code
    assert message in capsys.readouterr().err


def test_a_table_or_a_set_without_ratings_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.csv"
    file.write_text("video,rater,label\na,x,1\n", "utf-8")
    assert run(["golden", "adjudicate", str(file)]) == 3
    assert "vibekit golden import" in capsys.readouterr().err
    assert run(["golden", "adjudicate", str(write_set(tmp_path / "g", []))]) == 3
    assert "holds no ratings" in capsys.readouterr().err


def rows_of(name: str) -> list[list[str]]:
    return list(csv.reader((DATA / "bluebird" / name).read_text("utf-8").splitlines()))[1:]


@pytest.mark.skipif(not (DATA / "bluebird").is_dir(), reason="no rater data: set VIBEKIT_BENCH_DATA")
def test_the_model_beats_the_majority_on_bluebird() -> None:
    truth = {item: label for item, label in rows_of("truth.csv")}
    ratings = encode([(item, rater, label) for item, rater, label in rows_of("label.csv")])
    votes_ = ratings.counts()
    # an odd number of raters: no ties
    by_vote = [ratings.labels[i] == truth[str(v)] for v, i in zip(ratings.items, votes_.argmax(axis=1), strict=True)]
    fitted = dawid_skene(ratings)
    by_model = [
        ratings.labels[i] == truth[str(v)] for v, i in zip(ratings.items, fitted.posterior.argmax(axis=1), strict=True)
    ]
    # Welinder et al., NIPS 2010, and later comparisons: about .76 against .89
    assert sum(by_vote) / 108 == pytest.approx(0.7593, abs=1e-4)
    assert sum(by_model) / 108 == pytest.approx(0.8981, abs=1e-4)
