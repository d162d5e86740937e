from __future__ import annotations

from pathlib import Path

import pytest

from support.bad_definitions import BAD
from support.definitions import good
from vibekit.errors import InputError
from vibekit.stages.attribute_check import CheckConfig, CheckReport, Level, check_attributes


@pytest.fixture(autouse=True)
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("attributes").mkdir()


def _check(text: str, *, strict: bool = False) -> CheckReport:
    Path("attributes/unboxing.yaml").write_text(text)
    return check_attributes(CheckConfig(strict=strict))


def test_a_careful_definition_has_no_findings() -> None:
    report = _check(good())
    assert (report.files, report.errors, report.warnings) == (("attributes/unboxing.yaml",), 0, 0)


WEAK = {
    "no-inclusions": ("include:\n  - A sealed box is cut open and the parts are laid out.\n", ""),
    "no-exclusions": ("exclude:\n  - A review of a product that is out of its box from the start.\n", ""),
    "one-sided-edge-cases": ("label: true", "label: false"),
    "contradiction": ("A letter with a gift inside is opened.", "The box is opened off camera."),
    "vague-words": ("the parts are laid out", "some nice parts are laid out"),
    "short-definition": (" to the\n  viewer piece by piece, so that one takes part in the discovery", ""),
    "no-question": ("a new product?", "a new product."),
    "two-questions": ("a new product?", "a new and/or used product?"),
    "include-exclude-overlap": (
        "A review of a product that is out of its box from the start.",
        "a sealed box is cut open, and the parts are laid out",
    ),
    "extreme-threshold": ("threshold: 0.5", "threshold: 1"),
    "no-owner": ("owner: the team\n", ""),
    "changelog-behind": ("- version: 2", "- version: 1"),
    "changelog-ahead": ("- version: 2", "- version: 3"),
    "nameless-example": ("threshold:", "examples:\n  - {video: TODO, label: true, why: w}\nthreshold:"),
    "unheard-signals": ("threshold:", "modalities: [frames]\nsignals: {loudness: 1}\nthreshold:"),
    "placeholder": ("The opening itself is", "Replace this by"),
}


@pytest.mark.parametrize(("code", "change"), WEAK.items(), ids=WEAK)
def test_each_weakness_is_found_and_only_that(code: str, change: tuple[str, str]) -> None:
    text = good()
    assert change[0] in text
    report = _check(text.replace(*change, 1))
    assert [finding.code for finding in report.findings] == [code]
    finding = report.findings[0]
    assert finding.level is Level.WARNING
    assert finding.hint
    key = finding.message.split(":")[0]
    lines = Path("attributes/unboxing.yaml").read_text().splitlines()
    assert finding.line is not None
    present = any(line.startswith(f"{key}:") for line in lines)
    assert lines[finding.line - 1].startswith(f"{key}:") if present else finding.line == 1


def test_edge_cases_are_counted() -> None:
    start = good().index("edge_cases:")
    end = good().index("threshold:")
    second = good().index("  - case: A letter")
    assert [f.code for f in _check(good()[:start] + good()[end:]).findings] == ["no-edge-cases"]
    assert [f.code for f in _check(good()[:second] + good()[end:]).findings] == ["few-edge-cases"]


def test_labels_need_a_meaning() -> None:
    choices = "labels:\n  - {label: calm, meaning: slow}\n  - {label: upbeat}\nedge_cases:"
    text = good().replace("binary", "categorical").replace("edge_cases:", choices)
    text = text.replace("label: true", "label: calm").replace("label: false", "label: upbeat")
    assert [(f.code, f.message) for f in _check(text).findings] == [("no-meaning", "labels: no meaning for upbeat")]


@pytest.mark.parametrize("phrase", ["rather than cut", "something sweet", "a goodbye", "in two steps"])
def test_words_that_only_look_vague(phrase: str) -> None:
    assert _check(good().replace("the parts are laid out", phrase)).warnings == 0


def test_strict_turns_weaknesses_into_errors() -> None:
    report = _check(good().replace("owner: the team\n", ""), strict=True)
    assert (report.errors, report.warnings) == (1, 0)


def test_every_file_is_checked_and_every_error_kept() -> None:
    for number, text in enumerate(BAD.values()):
        Path(f"attributes/bad_{number:02}.yaml").write_text(text)
    Path("attributes/zz.yaml").write_bytes(b"\xff")
    report = check_attributes(CheckConfig())
    assert len(report.files) == len(BAD) + 1
    assert {finding.path for finding in report.findings if finding.code == "invalid"} == set(report.files)
    assert all(finding.level is Level.ERROR and finding.line for finding in report.findings)
    assert not any(finding.message.startswith("attributes/") for finding in report.findings)


def test_a_file_that_would_never_be_found_is_an_error() -> None:
    Path("attributes/unboxing.yml").write_text(good())
    report = check_attributes(CheckConfig())
    assert [(f.code, f.hint) for f in report.findings] == [("wrong-ending", "rename it to unboxing.yaml")]


def test_targets_are_files_folders_and_names() -> None:
    Path("attributes/unboxing.yaml").write_text(good())
    for target in ("attributes/unboxing.yaml", "attributes", "unboxing"):
        assert check_attributes(CheckConfig(targets=(target, target))).files == ("attributes/unboxing.yaml",)
    missing = check_attributes(CheckConfig(targets=("attributes/gone.yaml",)))
    assert [f.message for f in missing.findings] == ["no such file"]
    with pytest.raises(InputError, match="'unboxin' is neither"):
        check_attributes(CheckConfig(targets=("unboxin",)))


def test_an_empty_folder_is_an_error() -> None:
    with pytest.raises(InputError, match="no definitions"):
        check_attributes(CheckConfig())


def test_every_weakness_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "attributes.md").read_text()
    for code in (*WEAK, "no-edge-cases", "few-edge-cases", "no-meaning"):
        assert f"`{code}`" in text
