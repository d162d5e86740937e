"""Agreement of golden sets and tables: which answers count, which numbers come out, and what is refused."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.rated_set import ORDINAL, hash_of, said, votes, write_set
from support.rating_cases import KRIPPENDORFF_2011
from vibekit.cli.main import run
from vibekit.core.golden import Event, EventKind, Role
from vibekit.errors import InputError
from vibekit.stages.golden.agreement import AgreementConfig, agreement
from vibekit.stages.golden.agreement_report import AttributeAgreement, Level

DATA = Path(os.environ.get("VIBEKIT_BENCH_DATA", Path(__file__).parents[4] / "shared" / "data")) / "raters"


def of(path: Path, *, metric: str | None = None, draws: int = 2000) -> AttributeAgreement:
    return next(iter(agreement(AgreementConfig(ratings=path, metric=metric, draws=draws)).attributes.values()))


def of_events(
    folder: Path, events: list[Event], *, videos: int = 6, definitions: dict[str, str] | None = None
) -> AttributeAgreement:
    return of(write_set(folder / "g", events, videos=videos, definitions=definitions))


def table(path: Path, rows: Sequence[tuple[object, ...]], header: str = "video,rater,attribute,value") -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    rows = [
        (unit, rater, "pace", label)
        for rater, labels in enumerate(KRIPPENDORFF_2011)
        for unit, label in enumerate(labels)
        if label != "0"
    ]
    return table(tmp_path / "ratings.csv", rows, "item,annotator,attribute,value")


@pytest.mark.parametrize(
    ("metric", "alpha"), [(None, 0.743), ("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_a_table_gives_the_published_alpha(published: Path, metric: str | None, alpha: float) -> None:
    found = of(published, metric=metric)
    assert found.krippendorff_alpha.value == pytest.approx(alpha, abs=5e-4)
    assert found.metric == (metric or "nominal")
    assert (found.n_items, found.n_raters, found.n_ratings, found.n_pairable) == (12, 4, 41, 40)
    assert found.gwet_ac1.value == pytest.approx(0.77544, abs=5e-6)
    assert found.fleiss_kappa.value == pytest.approx(0.76117, abs=5e-6)


def test_the_command_prints_the_envelope_that_scripts_rely_on(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["golden", "agreement", str(published), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    found = data["attributes"]["pace"]
    for name in ("percent_agreement", "krippendorff_alpha", "fleiss_kappa", "cohen_kappa", "gwet_ac1"):
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]
    assert len(found["pairs"]) == 6
    assert {row["rater"] for row in found["raters"]} == {"0", "1", "2", "3"}


def test_the_text_has_the_verdict_and_every_number(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["golden", "agreement", str(published), "--pairs"]) == 0
    text = capsys.readouterr().out
    assert "uncertain" in text
    for words in ("alpha (nominal)", "0.743", "Gwet's AC1", "0.775", "rough", "mean over pairs", "0 - 1"):
        assert words in text


def test_binary_numbers_by_hand(tmp_path: Path) -> None:
    found = of_events(tmp_path, votes({"anna": "tttfff", "ben": "ttffff"}))
    assert found.metric == "nominal"
    assert found.percent_agreement.value == pytest.approx(5 / 6)
    assert found.cohen_kappa.value == pytest.approx(2 / 3)
    assert found.positive_agreement.value == pytest.approx(4 / 5)
    assert found.negative_agreement.value == pytest.approx(6 / 7)
    assert found.prevalence.value == pytest.approx(5 / 12)
    assert found.labels == {"true": 5, "false": 7}
    assert found.weighted_kappa.note == "ordinal attributes only"


def test_an_ordinal_attribute_is_weighed_by_its_scale(tmp_path: Path) -> None:
    events = votes({"anna": "123123", "ben": "123122"}, attribute="pace")
    found = of_events(tmp_path, events, definitions={"pace": ORDINAL})
    assert found.metric == "ordinal"
    assert found.weighted_kappa.value is not None
    assert found.cohen_kappa.value is not None
    assert found.weighted_kappa.value > found.cohen_kappa.value
    assert found.prevalence.note == "binary attributes only"


def test_abstentions_and_skips_are_missing_and_counted(tmp_path: Path) -> None:
    events = [
        *votes({"anna": "ttff-t", "ben": "ttfft "}),
        said("ben", 5, None, kind=EventKind.SKIP),
    ]
    found = of_events(tmp_path, events)
    assert (found.abstained, found.skipped) == (1, 1)
    assert (found.n_ratings, found.n_pairable) == (10, 8)
    assert found.percent_agreement.value == 1.0


def test_a_hidden_repeat_is_for_its_rater_alone(tmp_path: Path) -> None:
    first = votes({"anna": "ttffff", "ben": "ttfftf"})
    repeats = [said("anna", 0, False, repeat=1), said("anna", 2, False, repeat=1), said("ben", 1, None, repeat=1)]
    with_repeats = of_events(tmp_path, [*first, *repeats])
    without = of_events(tmp_path / "other", first)
    assert with_repeats.krippendorff_alpha == without.krippendorff_alpha
    assert with_repeats.n_ratings == 12
    assert (with_repeats.repeats, with_repeats.repeat_percent.value) == (2, 0.5)
    anna, ben = with_repeats.raters
    assert (anna.repeats, ben.repeats) == (2, 0)
    assert ben.repeat_percent.value is None


def test_an_undone_rating_does_not_count(tmp_path: Path) -> None:
    events = votes({"anna": "tf", "ben": "tt"})
    undone = [*events, said("ben", 1, None, kind=EventKind.UNDO), said("ben", 1, False)]
    assert of_events(tmp_path, undone).percent_agreement.value == 1.0


def test_rulings_of_experts_are_left_out_also_under_the_name_of_a_rater(tmp_path: Path) -> None:
    events = votes({"anna": "ttffff", "ben": "ttfftf"})
    rulings = [said("carla", 4, True, role=Role.EXPERT), said("anna", 4, True, role=Role.EXPERT)]
    found = of_events(tmp_path, [*events, *rulings])
    assert found.experts == 2
    assert found.n_raters == 2
    assert found.percent_agreement.value == pytest.approx(5 / 6)
    assert any("experts are left out" in note for note in found.notes)


def test_experts_among_themselves_are_held_against_each_other(tmp_path: Path) -> None:
    events = [said(name, v, v < 3, role=Role.EXPERT) for name in ("anna", "ben") for v in range(6)]
    found = of_events(tmp_path, events)
    assert found.percent_agreement.value == 1.0
    assert any("those of experts" in note for note in found.notes)


def test_one_label_only_is_undefined_and_never_perfect(tmp_path: Path) -> None:
    found = of_events(tmp_path, votes({"anna": "ffffff", "ben": "ffffff"}))
    for estimate in (found.krippendorff_alpha, found.fleiss_kappa, found.cohen_kappa, found.gwet_ac1):
        assert (estimate.value, estimate.low, estimate.high) == (None, None, None)
        assert "undefined" in estimate.note
    assert found.level is Level.UNDEFINED
    assert found.percent_agreement.value == 1.0
    assert found.percent_agreement.low is not None
    assert found.percent_agreement.low < 0.7
    assert found.positive_agreement.value is None


def test_raters_who_share_no_video_are_undefined(tmp_path: Path) -> None:
    found = of_events(tmp_path, votes({"anna": "tf    ", "ben": "  tf  "}))
    assert found.krippendorff_alpha.value is None
    assert found.percent_agreement.note == "undefined: no item has ratings of two raters"
    assert found.n_pairable == 0


def test_raters_who_never_differ_have_no_firm_verdict_without_an_interval(tmp_path: Path) -> None:
    found = of_events(tmp_path, votes({"anna": "tttfff", "ben": "tttfff"}))
    assert (found.krippendorff_alpha.value, found.krippendorff_alpha.low) == (1.0, None)
    assert found.level is Level.UNDEFINED
    assert "not the same as certainty" in found.verdict


def test_the_lower_end_decides_the_verdict(tmp_path: Path) -> None:
    row = "tf" * 100
    slip = [*row]
    slip[:24] = ["f" if c == "t" else "t" for c in slip[:24]]
    firm = of_events(tmp_path / "1", votes({"anna": row, "ben": "f" + row[1:]}), videos=200)
    low = of_events(tmp_path / "2", votes({"anna": row, "ben": "t" * 200}), videos=200)
    between = of_events(tmp_path / "3", votes({"anna": row, "ben": "".join(slip)}), videos=200)
    assert (firm.level, low.level) == (Level.FIRM, Level.TOO_LOW)
    assert between.krippendorff_alpha.value == pytest.approx(0.76, abs=0.01)
    assert between.level is Level.TENTATIVE


def test_a_rare_label_is_explained(tmp_path: Path) -> None:
    rows = {"anna": "t" * 2 + "f" * 58, "ben": "f" * 4 + "t" + "f" * 55}
    found = of_events(tmp_path, votes(rows), videos=60)
    assert any("one label is rare" in note for note in found.notes)


def test_rounds_show_the_trend(tmp_path: Path) -> None:
    first = [said(r, v, (v + k) % 2 == 0, round_=1) for k, r in enumerate(("anna", "ben")) for v in range(3)]
    second = [said(r, v, v % 2 == 0, round_=2) for r in ("anna", "ben") for v in range(3, 6)]
    found = of_events(tmp_path, [*first, *second])
    assert [(row.round, row.n_items, row.percent_agreement.value) for row in found.rounds] == [(1, 3, 0.0), (2, 3, 1.0)]
    assert of_events(tmp_path / "one", first).rounds == ()


def test_videos_of_a_creator_are_drawn_as_one(tmp_path: Path) -> None:
    rows = {"anna": "tttttttttttt", "ben": "ttttffttttff"}
    alone = write_set(tmp_path / "a", votes(rows), videos=12)
    grouped = write_set(tmp_path / "b", votes(rows), videos=12, groups=[f"c{i // 2}" for i in range(12)])
    one, other = of(alone).percent_agreement, of(grouped).percent_agreement
    assert one.value == other.value
    assert one.low is not None
    assert other.low is not None
    assert other.low < one.low
    assert "groups" in agreement(AgreementConfig(ratings=grouped)).interval


def test_each_attribute_by_itself_and_by_name(tmp_path: Path) -> None:
    rows = [
        (v, r, a, (v + k) % 2 if a == "one" else v % 2)
        for a in ("one", "two")
        for k, r in enumerate("xy")
        for v in range(4)
    ]
    path = table(tmp_path / "r.csv", rows)
    both = agreement(AgreementConfig(ratings=path)).attributes
    assert (both["one"].percent_agreement.value, both["two"].percent_agreement.value) == (0.0, 1.0)
    assert list(agreement(AgreementConfig(ratings=path, attributes=("two",))).attributes) == ["two"]


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([(1, "a", "x", 1), (2, "a", "x", 0)], "video,rater,attribute,value", "one rater only (a)"),
        ([(1, "x", 1), (2, "x", 0)], "video,attribute,value", "holds no ratings"),
        ([(1, "a", "x", 1), (1, "a", "x", 0)], "video,rater,attribute,value", "is false here and true in row 2"),
        ([(1, "a", "calming", 1), (1, "b", "calming", 7)], "video,rater,attribute,value", ":3: '7' is not a label"),
        ([(1, "a", "x", 1)], "video,ratr,attribute,value", "unknown column 'ratr'"),
    ],
)
def test_bad_tables_are_refused_in_words(
    tmp_path: Path, rows: list[tuple[object, ...]], header: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path / "r.csv", rows, header)
    assert run(["golden", "agreement", str(path), "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["errors"][0]
    assert message in error["message"]
    assert error["hint"]


def test_wrong_options_are_refused_in_words(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["golden", "agreement", str(published), "--metric", "ordnal"]) == 2
    assert "did you mean 'ordinal'?" in capsys.readouterr().err
    assert run(["golden", "agreement", str(published), "-a", "pase"]) == 3
    assert "did you mean 'pace'?" in capsys.readouterr().err
    names = table(tmp_path / "n.csv", [(v, r, "x", w) for v, w in enumerate(("low", "high")) for r in "ab"])
    with pytest.raises(InputError, match="needs labels that are numbers"):
        of(names, metric="interval")
    out = tmp_path / "out.json"
    assert run(["golden", "agreement", str(published), "--out", str(out), "-q"]) == 0
    assert json.loads(out.read_text())["attributes"]["pace"]["n_items"] == 12
    assert run(["golden", "agreement", str(published), "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_what_may_have_been_meant_otherwise_is_said(published: Path, tmp_path: Path) -> None:
    assert any("add --metric ordinal" in note for note in of(published).notes)
    assert not any("add --metric ordinal" in note for note in of(published, metric="ordinal").notes)
    path = table(tmp_path / "r.csv", [(v, r, "x", v % 2) for v in range(4) for r in ("Anna", "anna ", "Ben")])
    assert any(note == "taken for different raters: Anna and anna" for note in of(path).notes)


def test_ratings_of_unknown_videos_do_not_count(tmp_path: Path) -> None:
    events = votes({"anna": "tttfff", "ben": "tttfff"})
    strange = [said("anna", 77, True), said("ben", 77, False)]
    found = of_events(tmp_path, [*events, *strange])
    assert found.percent_agreement.value == 1.0
    assert hash_of(77) not in found.labels


def summary() -> list[dict[str, str]]:
    file = DATA / "summary.csv"
    return list(csv.DictReader(file.read_text("utf-8").splitlines())) if file.is_file() else []


@pytest.mark.skipif(not summary(), reason="no rater data: set VIBEKIT_BENCH_DATA to a folder with raters/")
def test_alpha_of_public_rater_data() -> None:
    found = {}
    for row in summary():
        file = next(p for p in (DATA / row["set"] / "label.csv", DATA / row["set"] / "answer.csv") if p.exists())
        one = of(file, draws=50)
        found[row["set"]] = (f"{one.krippendorff_alpha.value:.3f}", one.n_ratings, one.n_items, one.n_raters)
    assert found == {
        r["set"]: (f"{float(r['alpha_nominal']):.3f}", int(r["labels"]), int(r["items"]), int(r["raters"]))
        for r in summary()
    }
