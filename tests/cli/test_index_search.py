"""``vibekit index search`` as it is typed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.indexed import DIM, built, random_vectors, write_table, write_vectors
from vibekit.cli.main import run
from vibekit.retrieval.open import open_index

NAMES = [f"v{n:02d}" for n in range(40)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of 40 videos: even ones are calming, every third is unknown; ``q.npy`` holds v00-v02."""
    folder = tmp_path_factory.mktemp("search")
    labels = write_table(
        folder / "l.csv", ["calming", "sad"],
        [(name, "" if n % 3 == 2 else 0.9 if n % 2 == 0 else 0.1, n / 40) for n, name in enumerate(NAMES)],
    )  # fmt: skip
    metadata = write_table(
        folder / "m.csv", ["language", "duration_s", "published", "sad"],
        [(name, ["en", "de"][n % 2], n, f"2026-01-{1 + n % 28:02d}", "x") for n, name in enumerate(NAMES)],
    )  # fmt: skip
    built(folder, names=NAMES, labels=(labels,), metadata=(metadata,))
    vectors = random_vectors(NAMES)
    np.save(folder / "q.npy", np.stack([vectors[name] for name in NAMES[:3]]))
    return folder


@pytest.fixture
def work(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, with the index as ``i``."""
    monkeypatch.chdir(tmp_path)
    for name in ("i", "e", "q.npy"):
        Path(name).symlink_to(made / name)
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401
    assert run(["index", "search", "i", *words, "--json", "-q"]) == code
    envelope = json.loads(capsys.readouterr().out)
    return envelope["data"] if code in (0, 6) else envelope["errors"][0]


@pytest.mark.usefixtures("work")
def test_json_has_what_scripts_rely_on(capsys: pytest.CaptureFixture[str]) -> None:
    data = asked(capsys, "--vectors", "q.npy", "--restrict", 'calming & language == "en" & duration_s < 30', "-k", "4")
    first = data["results"][0]
    right = [name for n, name in enumerate(NAMES) if n % 3 != 2 and n % 2 == 0 and n < 30]
    vectors = random_vectors(NAMES)
    units = {name: vectors[name] / np.linalg.norm(vectors[name]) for name in NAMES}
    best = sorted(right, key=lambda name: -float(units[name] @ units["v00"]))[:4]
    assert first["ids"] == best
    assert np.allclose(first["scores"], [units[name] @ units["v00"] for name in best], atol=1e-5)
    assert (first["plan"], first["matched"], first["expected_recall"], first["note"]) == ("exact", len(right), 1.0, "")
    assert first["scanned"] == len(right)
    assert first["restrict"] == 'calming & duration_s < 30 & language == "en"'
    assert [one["query"] for one in data["results"]] == ["row 1", "row 2", "row 3"]
    assert data["generation"] == "g-000001"


@pytest.mark.usefixtures("work")
def test_unknown_is_on_neither_side(capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        typed: set(asked(capsys, "--vectors", "q.npy", "-k", "40", "-r", typed)["results"][0]["ids"])
        for typed in ("calming", "!calming", "calming is unknown", "calming >= 0.5 | label:sad >= 0")
    }
    assert found["calming"] | found["!calming"] | found["calming is unknown"] == set(NAMES)
    assert len(found["calming is unknown"]) == 13
    assert not found["calming"] & found["!calming"]
    assert len(found["calming >= 0.5 | label:sad >= 0"]) == 40


@pytest.mark.usefixtures("work")
def test_a_video_does_not_find_itself(capsys: pytest.CaptureFixture[str]) -> None:
    one = asked(capsys, "--id", "v05", "-k", "40")["results"][0]
    assert "v05" not in one["ids"]
    assert (one["matched"], len(one["ids"]), one["note"]) == (39, 39, "only 39 videos match")
    assert one["asked"]["video_id"] == "v05"
    assert asked(capsys, "--id", "v05", "--with-self")["results"][0]["ids"][0] == "v05"


@pytest.mark.usefixtures("work")
def test_what_nothing_matches_is_an_empty_answer(capsys: pytest.CaptureFixture[str]) -> None:
    one = asked(capsys, "--id", "v05", "--restrict", "duration_s > 1000")["results"][0]
    assert (one["ids"], one["plan"], one["matched"], one["note"]) == ([], "empty", 0, "no video matches")
    assert run(["index", "search", "i", "--id", "v05", "-q", "--restrict", "duration_s > 1000"]) == 0
    assert "note: no video matches" in capsys.readouterr().out


def test_lists_of_ids_allow_and_exclude(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "seen.csv").write_text("video_id,when\nv01,x\nv02,y\nelsewhere,z\n")
    (work / "ids.txt").write_text("v01\nv03\nv04\n")
    data = asked(capsys, "--id", "v00", "--exclude", "seen.csv", "--allow", "ids.txt")
    assert set(data["results"][0]["ids"]) == {"v03", "v04"}
    assert data["warnings"] == ["--exclude: 1 of its 3 ids are not in the index"]
    (work / "others.txt").write_text("a\nb\n")
    said = asked(capsys, "--id", "v00", "--exclude", "others.txt")["warnings"]
    assert said == ["--exclude: none of its 2 ids is in the index, such as a"]


def test_a_batch_answers_what_it_can(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "b.csv").write_text(
        'id,restrict,k,exclude\nv00,calming,3,v02 v04\nnobody,,,\nv01,"language == ""de""",2,\nv01,,,\n'
    )
    data = asked(capsys, "--batch", "b.csv", "-k", "5", "--restrict", "duration_s < 20", code=6)
    first, broken, third, last = data["results"]
    assert len(first["ids"]) == 3
    assert not {"v00", "v02", "v04"} & set(first["ids"])
    assert (broken["problem"], broken["ids"], data["failed"]) == ("no video 'nobody' in the index", [], 1)
    assert (third["restrict"], len(third["ids"])) == ('language == "de"', 2)
    assert (last["restrict"], len(last["ids"])) == ("duration_s < 20", 5)


@pytest.mark.usefixtures("work")
def test_results_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("r.csv", "r.parquet", "r.json"):
        data = asked(capsys, "--vectors", "q.npy", "-k", "2", "--out", name, "--with-self")
    rows = list(csv.DictReader(Path("r.csv").read_text("utf-8").splitlines()))
    table = pq.read_table("r.parquet").to_pylist()
    assert [(int(row["query"]), int(row["rank"]), row["video_id"]) for row in rows] == [
        (row["query"], row["rank"], row["video_id"]) for row in table
    ]
    assert [row["video_id"] for row in table] == [one for result in data["results"] for one in result["ids"]]
    assert json.loads(Path("r.json").read_text())["results"] == data["results"]


@pytest.mark.usefixtures("work")
def test_the_sheet_is_one_safe_file(capsys: pytest.CaptureFixture[str]) -> None:
    odd = 'language != "<script>alert(1)</script>"'
    data = asked(capsys, "--id", "v00", "--id", "v01", "-r", odd, "--html", "f.html")
    page = Path("f.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count('<li class="card"') == 20
    assert "Found for 2 queries" in page
    assert data["warnings"] == ["19 videos are shown without a picture: their files are not where they were embedded"]


@pytest.mark.usefixtures("work")
def test_diverse_results_are_other_results(capsys: pytest.CaptureFixture[str]) -> None:
    plain = asked(capsys, "--id", "v00", "-k", "5")["results"][0]["ids"]
    assert asked(capsys, "--id", "v00", "-k", "5", "--diverse", "0")["results"][0]["ids"] == plain
    spread = asked(capsys, "--id", "v00", "-k", "5", "--diverse", "0.9")["results"][0]["ids"]
    assert spread[0] == plain[0]
    assert spread != plain


@pytest.mark.usefixtures("work")
def test_the_command_finds_what_the_searcher_finds(capsys: pytest.CaptureFixture[str]) -> None:
    answer = open_index("i").search(np.load("q.npy")[1], k=7, restrict="!calming")[0]
    one = asked(capsys, "--vectors", "q.npy", "-k", "7", "--restrict", "!calming")["results"][1]
    assert tuple(one["ids"]) == answer.ids
    assert np.allclose(one["scores"], answer.scores, atol=1e-6)


def _bad_vectors(name: str) -> np.ndarray[Any, Any]:
    good = np.ones((2, DIM), np.float32)
    return {
        "nan": np.where(np.eye(2, DIM, dtype=bool), np.nan, good), "inf": good * np.inf, "zero": good * 0,
        "narrow": good[:, :3], "deep": good[None], "words": np.array([["a"]]), "none": good[:0],
    }[name]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nan", "query 1 of 2 is not finite"), ("inf", "query 1 of 2 is not finite"), ("zero", "all zeros"),
        ("narrow", "the index holds vectors of 8 dimensions"), ("deep", "of shape (1, 2, 8)"),
        ("words", "holds <U1"), ("none", "no vector in it"),
    ],
)  # fmt: skip
def test_vectors_that_cannot_be_searched_by(
    name: str, said: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(work / "bad.npy", _bad_vectors(name))
    error = asked(capsys, "--vectors", "bad.npy", code=3)
    assert said in error["message"]
    assert error["message"].startswith("bad.npy: ")
    assert error["hint"]


@pytest.mark.parametrize(
    ("words", "code", "said", "hint"),
    [
        ([], 2, "nothing to search by", "--id"),
        (["--id", "v00", "--text", "x"], 2, "--id and --text at once", "one of"),
        (["--id", "nobody"], 3, "no video 'nobody'", "--video"),
        (["--vectors", "gone.npy"], 3, "no such file", "numpy.save"),
        (["--vectors", "i"], 3, "no embeddings in it", "--vectors takes"),
        (["--id", "v00", "-k", "0"], 2, "-k 0", "leave it out"),
        (["--id", "v00", "--diverse", "2"], 2, "--diverse 2", "0.3"),
        (["--id", "v00", "--diverse", "nan"], 2, "--diverse nan", "0.3"),
        (["--id", "v00", "--out", "x.txt"], 2, "ends in none", ".parquet"),
        (["--id", "v00", "--exclude", "gone.txt"], 3, "no such file", "--exclude"),
        (["--id", "v00", "-r", "calmin"], 2, "no attribute or metadata column 'calmin'", "did you mean 'calming'?"),
        (["--id", "v00", "-r", "calming &"], 2, "at character 10: expected a condition", "such as"),
        (["--id", "v00", "-r", "sad"], 2, "an attribute and a metadata column", "label:sad"),
        (["--text", "rain"], 3, "reads no text", "text"),
        (["--video", "gone.mp4"], 3, "no such file", "--id"),
        (["--batch", "gone.csv"], 3, "no such file", "--batch takes"),
        (["--id", "v00", "--vector-ids", "x"], 2, "goes with --vectors", "add"),
    ],
)
@pytest.mark.usefixtures("work")
def test_what_cannot_be_done_says_what_to_type(
    words: list[str], code: int, said: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = asked(capsys, *words, code=code)
    assert said in error["message"]
    assert hint in error["hint"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("ids\nv00\n", "b.csv:1: unknown column 'ids'"),
        ("id\n", "no query in it"),
        ("id,text\nv00,rain\n", "b.csv:2: id and text in one row"),
        ("id,k\n,3\n", "b.csv:2: no query in one row"),
        ("id,k\nv00,0\n", "b.csv:2: k is 0"),
        ("id,k\nv00,many\n", "b.csv:2: k is 'many'"),
        ("id,restrict\nv00,\nv01,calmin\n", "b.csv:3: in the restriction, at character 1"),
    ],
)
def test_a_batch_that_is_wrong_is_refused_with_its_line(
    rows: str, said: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "b.csv").write_text(rows)
    assert said in asked(capsys, "--batch", "b.csv", code=3)["message"]


@pytest.mark.usefixtures("work")
def test_an_empty_id_is_no_video(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "search", "i", "--id", ""]) == 3
    assert "no video '' in the index" in capsys.readouterr().err


@pytest.mark.usefixtures("work")
def test_the_caret_stands_below_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "search", "i", "--id", "v00", "--restrict", "calming & sod"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[1:3] == ["  calming & sod", "            ^"]
    assert lines[3].startswith("hint: did you mean 'sad'?")


def test_embeddings_of_another_space_are_refused(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(asked(capsys, "--vectors", "e", "-k", "1")["results"]) == 40
    others = {name: vector[:5] for name, vector in random_vectors(NAMES).items()}
    write_vectors(work / "o", others)
    assert "made by another embedder" in asked(capsys, "--vectors", "o", code=3)["message"]


def test_a_video_is_embedded_as_the_index_was(
    small_clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["embed", str(small_clips), "--embedder", "av", "--out", "e", "-q"]) == 0
    assert run(["index", "build", "e", "--out", "i", "-q"]) == 0
    capsys.readouterr()
    calm = str(small_clips / "calm.mp4")
    one = asked(capsys, "--video", calm, "--with-self", "--html", "f.html")["results"][0]
    assert one["scores"][0] == pytest.approx(1.0, abs=1e-5)
    assert one["asked"]["video_id"] == one["ids"][0]
    assert Path("f.html").read_text("utf-8").count("data:image/jpeg") == 4
    by_id = asked(capsys, "--id", "calm.mp4")["results"][0]
    assert asked(capsys, "--video", calm)["results"][0]["ids"] == by_id["ids"]
    assert len(by_id["ids"]) == 2
    (tmp_path / "no.mp4").write_text("no video")
    assert "cannot be embedded" in asked(capsys, "--video", "no.mp4", code=3)["message"]
    manifest = tmp_path / "i" / "generations" / "g-000001.json"
    row = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**row, "space": "0123456789abcdef"}))
    error = asked(capsys, "--video", calm, code=3)
    assert "other vectors than av makes here" in error["message"]


def test_words_find_videos_by_an_embedder_that_reads(
    small_clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["file,title", "calm.mp4,rain", "busy.mp4,party", "silent.mp4,walk"]
    (tmp_path / "m.csv").write_text("\n".join(rows) + "\n")
    embedder = "av+support.own_embedder:Reads"
    words = ["--embedder", embedder, "--metadata", "m.csv", "--out", "e", "-q"]
    assert run(["embed", str(small_clips), *words]) == 0
    assert run(["index", "build", "e", "--out", "i", "-q"]) == 0
    capsys.readouterr()
    for typed, file in (("rain", "calm.mp4"), ("a party", "busy.mp4"), ("walk", "silent.mp4")):
        one = asked(capsys, "--text", typed, "-k", "1")["results"][0]
        assert (one["by"], one["found"][0]["path"].endswith(file)) == ("text", True)
    (tmp_path / "b.csv").write_text("text,k\nrain,2\nwalk,\n")
    found = asked(capsys, "--batch", "b.csv", "-k", "1")["results"]
    assert [len(one["ids"]) for one in found] == [2, 1]
    assert "an empty text" in asked(capsys, "--text", " ", code=3)["message"]
