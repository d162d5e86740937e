"""A ruling becomes a precedent: in the user's file, accepted by the set, never from the test split."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.definitions import good
from support.rated_set import hash_of, said, votes, write_set
from vibekit.cli.main import run
from vibekit.core.golden import Role
from vibekit.formats.attribute import read_attribute
from vibekit.formats.golden_file import GOLDEN_FILE, read_golden

RULINGS = [
    said("eva", 0, True, role=Role.EXPERT, note="gifts count"),
    said("eva", 1, None, role=Role.EXPERT),
    said("eva", 3, False, role=Role.EXPERT),
]


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    (tmp_path / "attributes").mkdir()
    (tmp_path / "attributes" / "unboxing.yaml").write_text(good(), "utf-8")
    return write_set(tmp_path / "g", [*votes({"anna": "tfft", "ben": "ttff"}), *RULINGS])


def add(golden: Path, video: str, *words: str, why: str = "It is new and packed.") -> int:
    folder = str(golden.parent / "attributes")
    return run(
        ["golden", "adjudicate", str(golden), "--precedent", video, "--why", why, "--attributes-dir", folder, *words]
    )


def test_a_ruling_on_a_tune_video_is_written_and_accepted(golden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = golden.parent / "attributes" / "unboxing.yaml"
    before = read_attribute(file)
    assert add(golden, "clip0", "--json") == 0
    data = json.loads(capsys.readouterr().out)["data"]
    after = read_attribute(file)
    assert (after.examples[0].video, after.examples[0].label) == (hash_of(0), True)
    assert (data["before"], data["after"]) == (before.fingerprint, after.fingerprint)
    assert data["before"] != data["after"]
    assert data["suggestion"][0] == "version: 3"
    known = read_golden(golden / GOLDEN_FILE).attributes["unboxing"]
    assert (known.fingerprint, known.accepts) == (before.fingerprint, (after.fingerprint,))
    assert "# clip0.mp4" in file.read_text("utf-8")
    assert add(golden, "clips/clip1.mp4") == 0
    text = capsys.readouterr().out
    assert "label abstain" in text
    assert "labels made before are those of another definition" in text
    assert len(read_golden(golden / GOLDEN_FILE).attributes["unboxing"].accepts) == 2
    assert read_attribute(file).examples[1].label is None


@pytest.mark.parametrize(
    ("video", "words", "code", "message"),
    [
        ("clip3", [], 3, "in the test split"),
        (hash_of(2), [], 3, "in the test split"),
        ("clip9", [], 3, "has no video 'clip9'"),
        ("clip0", ["-a", "unboxng"], 3, "did you mean 'unboxing'?"),
    ],
)
def test_what_may_not_become_a_precedent(
    golden: Path, video: str, words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [golden / GOLDEN_FILE, golden.parent / "attributes" / "unboxing.yaml"]
    before = [file.read_bytes() for file in files]
    assert add(golden, video, *words) == code
    assert message in capsys.readouterr().err
    assert [file.read_bytes() for file in files] == before


def test_without_a_ruling_there_is_no_precedent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "attributes").mkdir()
    (tmp_path / "attributes" / "unboxing.yaml").write_text(good(), "utf-8")
    golden = write_set(tmp_path / "g", [*votes({"anna": "t"}), said("eva", 1, True, role=Role.EXPERT)])
    assert add(golden, "clip0") == 3
    assert "no expert has ruled on unboxing of clips/clip0.mp4" in capsys.readouterr().err


def test_a_precedent_is_added_once_and_not_to_a_changed_definition(
    golden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = golden.parent / "attributes" / "unboxing.yaml"
    assert add(golden, "clip0") == 0
    assert add(golden, "clip0") == 3
    assert "is a precedent already" in capsys.readouterr().err
    file.write_text(file.read_text("utf-8").replace("A sealed box", "A box"), "utf-8")
    assert add(golden, "clip1") == 3
    assert "was changed since it was rated" in capsys.readouterr().err


def test_a_ready_made_definition_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from support.reference import ROOT

    text = (ROOT / "attributes" / "calming.yaml").read_text("utf-8")
    ruling = said("eva", 0, True, attribute="calming", role=Role.EXPERT)
    golden = write_set(tmp_path / "g", [ruling], definitions={"calming": text})
    (tmp_path / "attributes").mkdir()
    assert add(golden, "clip0") == 3
    error = capsys.readouterr().err
    assert "a ready-made one" in error
    assert "vibekit attributes show calming --yaml" in error


def test_rulings_that_could_become_precedents_are_listed(golden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["golden", "adjudicate", str(golden), "--precedents", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["data"]["precedents"]
    assert [(p["path"], p["label"], p["note"]) for p in found] == [
        ("clips/clip0.mp4", "true", "gifts count"),
        ("clips/clip1.mp4", "abstain", ""),
    ]
