from __future__ import annotations

from pathlib import Path

import pytest

from support.definitions import good
from vibekit.errors import InputError, UsageError
from vibekit.stages.attribute_diff import DiffConfig, DiffReport, diff_attributes


@pytest.fixture(autouse=True)
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("attributes").mkdir()
    Path("old.yaml").write_text(good())


def _diff(*changes: tuple[str, str]) -> DiffReport:
    text = good()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    Path("attributes/unboxing.yaml").write_text(text)
    return diff_attributes(DiffConfig(one="old.yaml", other="unboxing"))


def test_the_same_text_in_another_layout_is_the_same() -> None:
    report = _diff(("\ndefinition: >-\n  A product", "\n# why\ndefinition: >-\n  A\n  product"))
    assert (report.changes, report.fingerprint_changed) == ((), False)
    assert report.reason == "the two say the same"


def test_a_judged_change_names_the_sentence_and_the_consequence() -> None:
    report = _diff(("piece by piece", "at a glance"))
    assert report.fingerprint_changed
    assert [change.key for change in report.changes] == ["definition"]
    assert "piece by piece" in report.changes[0].removed[0]
    assert "at a glance" in report.changes[0].added[0]
    assert report.reason.startswith("changed, because definition can change a judgement")
    assert report.advice.startswith("count version up (it is 2")


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("threshold", ("threshold: 0.5", "threshold: 0.7")),
        ("owner", ("owner: the team", "owner: another team")),
        ("changelog", ("Gifts count.", "Gifts count too.")),
        ("signals", ("threshold:", "signals: {motion: 1}\nthreshold:")),
        ("version", ("version: 2\ntitle", "version: 3\ntitle")),
    ],
)
def test_a_change_outside_the_fingerprint_asks_nothing_again(key: str, change: tuple[str, str]) -> None:
    report = _diff(change)
    assert not report.fingerprint_changed
    assert [(c.key, c.judged) for c in report.changes] == [(key, False)]
    assert report.reason.endswith("outside the fingerprint; labels stay valid")
    assert report.advice == ""


@pytest.mark.parametrize(
    "change",
    [
        ("title: Unboxing", "title: Opening"),
        ("question: Does the video", "question: Does this video"),
        ("A sealed box", "A closed box"),
        ("label: true", "label: abstain"),
        ("threshold:", "modalities: [frames]\nthreshold:"),
        ("threshold:", "examples: [{video: abc, label: true, why: w}]\nthreshold:"),
    ],
)
def test_the_report_and_the_fingerprint_agree(change: tuple[str, str]) -> None:
    report = _diff(change)
    assert report.fingerprint_changed
    assert [c.judged for c in report.changes] == [True]


def test_a_new_version_needs_no_advice() -> None:
    assert _diff(("version: 2\ntitle", "version: 3\ntitle"), ("A sealed", "A closed")).advice == ""


def test_list_elements_are_compared_one_by_one() -> None:
    report = _diff(("laid out.\n", "laid out.\n  - A second case.\n"))
    assert (report.changes[0].removed, report.changes[0].added) == ((), ("A second case.",))


def test_a_changed_order_is_said() -> None:
    two = "  - A sealed box is cut open and the parts are laid out.\n  - B.\n"
    Path("old.yaml").write_text(good().replace("laid out.\n", "laid out.\n  - B.\n"))
    swapped = "".join(reversed(two.splitlines(keepends=True)))
    report = _diff((two.splitlines(keepends=True)[0], swapped))
    assert report.fingerprint_changed
    assert report.changes[0].note.startswith("only the order changed")


def test_a_ruling_turned_from_true_to_one_differs() -> None:
    scale = "scale: {0: a, 1: b}\nthreshold:"
    ordinal = (("binary", "ordinal"), ("label: true", "label: 1"), ("label: false", "label: 0"), ("threshold:", scale))
    report = _diff(*ordinal)
    assert [change.key for change in report.changes] == ["kind", "edge_cases", "scale"]


def test_against_a_run_that_keeps_its_definitions() -> None:
    Path("attributes/unboxing.yaml").write_text(good().replace("A sealed", "A closed"))
    Path("runs/r1/attributes").mkdir(parents=True)
    Path("runs/r1/attributes/unboxing.yaml").write_text(good())
    report = diff_attributes(DiffConfig(one="unboxing", against=Path("runs/r1")))
    assert (report.before, report.after) == ("runs/r1/attributes/unboxing.yaml", "attributes/unboxing.yaml")
    assert report.changes[0].added == ("A closed box is cut open and the parts are laid out.",)
    with pytest.raises(InputError, match="no definition of 'calming' is kept"):
        diff_attributes(DiffConfig(one="calming", against=Path("runs/r1")))


def test_two_sides_are_needed() -> None:
    for config in (DiffConfig(one="a"), DiffConfig(one="a", other="b", against=Path("c"))):
        with pytest.raises(UsageError, match="two sides"):
            diff_attributes(config)


def test_a_broken_side_is_an_error() -> None:
    Path("new.yaml").write_text("name: x\n")
    with pytest.raises(InputError, match=r"new\.yaml:1: missing"):
        diff_attributes(DiffConfig(one="old.yaml", other="new.yaml"))
