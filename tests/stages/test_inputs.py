from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vibekit.core.video import Metadata
from vibekit.errors import InputError
from vibekit.stages.inputs import Inputs, read_inputs


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def names(inputs: Inputs) -> list[str]:
    return [file.path.name for file in inputs.files]


def titles(inputs: Inputs) -> dict[str, str]:
    return {file.path.name: file.metadata.title for file in inputs.files}


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    touch(tmp_path / "clips", "a.mp4", "b.mp4", "sub/c.webm", "notes.txt")
    return tmp_path / "clips"


# --- sources


def test_a_folder_a_glob_and_a_file_name_the_same_files_once(clips: Path) -> None:
    inputs = read_inputs(("clips", "clips/**/*.mp4", "./clips/a.mp4", str(clips)))
    assert [str(file.path) for file in inputs.files] == ["clips/a.mp4", "clips/b.mp4", "clips/sub/c.webm"]
    assert [file.row for file in inputs.files] == [0, 1, 2]
    assert inputs.ignored == {".txt": 2}
    assert inputs.warnings == ()


def test_a_file_that_is_named_may_have_any_suffix_and_brackets(clips: Path) -> None:
    touch(clips, "x[1].bin", "-dash.mp4")
    os.chdir(clips)
    assert names(read_inputs(("x[1].bin", "-dash.mp4"))) == ["x[1].bin", "-dash.mp4"]


def test_what_a_shell_makes_of_a_star(clips: Path) -> None:
    put(clips / "a.json", '{"title": "A"}')
    inputs = read_inputs(("clips/a.json", "clips/a.mp4", "clips/b.mp4", "clips/sub"))
    assert titles(inputs) == {"a.mp4": "A", "b.mp4": "", "c.webm": ""}
    assert inputs.warnings == ("clips/a.json: a side-car, not a video; left out",)


def test_an_empty_folder_says_what_was_there_instead(clips: Path) -> None:
    touch(clips, "empty/x.txt", "empty/y.txt", "empty/z")
    with pytest.raises(InputError, match=r"holds no video.*3 other files \(2 \.txt, 1 without suffix\)") as caught:
        read_inputs(("clips/empty",))
    assert ".mp4" in caught.value.hint
    assert names(read_inputs(("clips/empty", "clips/a.mp4"))) == ["a.mp4"]
    assert "holds no video" in read_inputs(("clips/empty", "clips/a.mp4")).warnings[0]


@pytest.mark.parametrize(
    ("source", "said", "hint"),
    [
        ("clip", "clip: no such file or folder", "did you mean 'clips'?"),
        ("clips/a.mp5", "clips/a.mp5: no such file or folder", "did you mean 'a.mp4'?"),
        ("nowhere/deep/x.mp4", "nowhere: no such folder", "check the name"),
        ("clips/*.mov", "clips/*.mov: matches no video; nothing else", "videos end in"),
        ("https://example.org/a.mp4", "an address, not a file", "download it"),
    ],
)
@pytest.mark.usefixtures("clips")
def test_a_source_that_is_not_there(source: str, said: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        read_inputs((source,))
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_no_source_at_all() -> None:
    with pytest.raises(InputError, match="no videos were named"):
        read_inputs(())


def test_a_pipe_is_a_row_with_a_problem_wherever_it_stands(clips: Path) -> None:
    os.mkfifo(clips / "pipe.mp4")
    os.mkfifo(clips / "pipe.csv")
    inputs = read_inputs(("clips", "clips/pipe.csv"))
    problems = {file.path.name: file.problem for file in inputs.files if file.problem}
    assert problems == dict.fromkeys(("pipe.mp4", "pipe.csv"), "a named pipe, not a video file")


# --- manifests


def test_manifest_order_words_and_columns_that_stay_here(clips: Path) -> None:
    put(clips / "m.csv", "rank,path,title,calming,tags\n1,b.mp4,B,1,#x #y\n2,a.mp4,A,0,\n")
    inputs = read_inputs(("clips/m.csv",))
    assert [str(file.path) for file in inputs.files] == ["clips/b.mp4", "clips/a.mp4"]
    assert inputs.files[0].metadata == Metadata(title="B", hashtags=("x", "y"))
    assert inputs.files[0].columns == {"rank": "1", "calming": "1"}


def test_relative_paths_are_seen_from_the_manifest_then_root_then_here(clips: Path, tmp_path: Path) -> None:
    touch(tmp_path, "root/r.mp4", "root/a.mp4", "here.mp4")
    put(clips / "m.jsonl", "".join(json.dumps({"file": n}) + "\n" for n in ("a.mp4", "r.mp4", "here.mp4")))
    inputs = read_inputs(("clips/m.jsonl",), root=Path("root"))
    assert [str(file.path) for file in inputs.files] == ["clips/a.mp4", "root/r.mp4", "here.mp4"]


def test_a_missing_file_is_a_row_with_a_problem_and_a_warning_with_the_line(clips: Path) -> None:
    put(clips / "m.csv", "path\na.mp4\ngone.mp4\nhttps://x.org/v.mp4\nsub\n")
    inputs = read_inputs(("clips/m.csv",))
    problems = [file.problem for file in inputs.files]
    assert problems == [
        "", "no such file (named in the manifest)", "an address, not a file: download it first",
        "a folder, not a video file",
    ]  # fmt: skip
    assert inputs.warnings[0].startswith("clips/m.csv:3: no such file: clips/gone.mp4 (1 of 4 rows")
    assert f"looked in: {clips}, {clips.parent})" in inputs.warnings[0]


def test_names_that_no_file_can_have(clips: Path) -> None:
    put(clips / "m.jsonl", '{"path": "a\\u0000b.mp4"}\n{"path": "x\\ud800.mp4"}\n')
    inputs = read_inputs(("clips/m.jsonl",))
    assert [file.problem for file in inputs.files] == ["not a possible file name"] * 2
    assert all(os.fsencode(file.path) for file in inputs.files)


def test_bytes_that_are_not_utf_8_name_a_file(clips: Path) -> None:
    touch(clips, os.fsdecode(b"v\xff.mp4"))
    (clips / "m.csv").write_bytes(b"path,title\nv\xff.mp4,T\n")
    file = read_inputs(("clips/m.csv",)).files[0]
    assert (file.problem, file.metadata.title) == ("", "T")


def test_the_first_of_two_rows_for_a_file_wins_with_a_warning(clips: Path) -> None:
    put(clips / "m.csv", "path,title\na.mp4,one\n./a.mp4,two\n")
    inputs = read_inputs(("clips/m.csv",))
    assert titles(inputs) == {"a.mp4": "one"}
    assert inputs.warnings == ("clips/m.csv:3: second row for clips/a.mp4; clips/m.csv:2 is used",)


def test_a_manifest_tells_about_files_that_a_folder_named(clips: Path) -> None:
    put(clips / "m.csv", "path,title\nb.mp4,B\n")
    assert titles(read_inputs(("clips", "clips/m.csv"))) == {"a.mp4": "", "b.mp4": "B", "c.webm": ""}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,title\n1,x\n", "m.csv:1: no column names the file; its columns are: id, title"),
        ("path,title\n", "m.csv: has a header and no rows"),
        ("path,title\na.mp4,x\n,y\n", "m.csv:3: no path in column 'path'"),
        ("path,title\na.mp4\n", "m.csv:2: has 1 cells"),
    ],
)
def test_a_broken_manifest_stops_before_anything_is_paid(clips: Path, text: str, said: str) -> None:
    put(clips / "m.csv", text)
    with pytest.raises(InputError) as caught:
        read_inputs(("clips/m.csv",))
    assert said in caught.value.message
    assert caught.value.hint


def test_a_manifest_in_parquet(clips: Path) -> None:
    pq.write_table(pa.table({"video": ["a.mp4"], "hashtags": [["x", "y"]]}), clips / "m.parquet")
    assert read_inputs(("clips/m.parquet",)).files[0].metadata == Metadata(hashtags=("x", "y"))


# --- metadata


def test_who_is_believed_first(clips: Path) -> None:
    put(clips / "metadata.csv", "file_name,title,caption,creator,lang\na.mp4,t4,d4,c4,l4\nb.mp4,folder,,,\n")
    put(clips / "a.json", '{"title": "t3", "description": "d3", "creator": "c3"}')
    put(clips / "m.csv", "path,title,description\na.mp4,t2,d2\nb.mp4,,\n")
    extra = put(clips / "extra.csv", "file,title\na.mp4,t1\n")
    inputs = read_inputs(("clips/m.csv",), metadata=(extra,))
    assert inputs.files[0].metadata == Metadata(title="t1", description="d2", creator="c3", language="l4")
    assert inputs.files[1].metadata == Metadata(title="folder")


def test_a_table_in_the_folder_speaks_of_folders_below(clips: Path) -> None:
    put(clips / "metadata.jsonl", '{"file_name": "sub/c.webm", "title": "C"}\n')
    assert titles(read_inputs(("clips",)))["c.webm"] == "C"
    assert titles(read_inputs(("clips/sub",)))["c.webm"] == ""


def test_an_unusable_table_in_the_folder_is_a_warning(clips: Path) -> None:
    put(clips / "metadata.csv", "name,title\nx,y\n")
    inputs = read_inputs(("clips",))
    assert len(inputs.files) == 3
    assert "metadata.csv:1: no column names the video" in inputs.warnings[0]
    with pytest.raises(InputError, match="no column names the video"):
        read_inputs(("clips",), metadata=(clips / "metadata.csv",))


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("file", "c.webm"), ("path", "sub/c.webm"), ("path", "clips/sub/c.webm"), ("path", "./sub/c.webm"),
        ("file", "c"), ("video_id", "c"), ("id", "c"),
    ],
)  # fmt: skip
def test_what_may_name_a_video(clips: Path, tmp_path: Path, column: str, key: str) -> None:
    table = put(tmp_path / "elsewhere" / "x.csv", f"{column},title\n{key},C\n")
    assert titles(read_inputs(("clips",), metadata=(table,)))["c.webm"] == "C"
    assert clips.is_dir()


def test_a_name_that_several_files_bear_is_not_guessed(clips: Path) -> None:
    touch(clips, "sub/a.mp4", "b.webm")
    table = put(clips / "x.csv", "file,title\nother/a.mp4,no\nb,B\nsub/a.mp4,A\n")
    inputs = read_inputs(("clips",), metadata=(table,))
    found = {str(file.path.relative_to("clips")): file.metadata.title for file in inputs.files}
    assert found == {"a.mp4": "", "b.mp4": "", "b.webm": "", "sub/a.mp4": "A", "sub/c.webm": ""}
    assert any("x.csv:3: 'b' fits 2 files" in warning for warning in inputs.warnings)


def test_names_composed_in_two_ways_are_one_name(clips: Path) -> None:
    touch(clips, "cafe\u0301.mp4")
    table = put(clips / "x.csv", "file,title\ncaf\u00e9.mp4,T\n")
    assert titles(read_inputs(("clips",), metadata=(table,)))["cafe\u0301.mp4"] == "T"


def test_two_rows_of_a_table_for_one_file(clips: Path) -> None:
    table = put(clips / "x.csv", "file,title\na.mp4,one\na.mp4,two\n")
    inputs = read_inputs(("clips/a.mp4",), metadata=(table,))
    assert titles(inputs) == {"a.mp4": "one"}
    assert "x.csv:3: second row for" in inputs.warnings[0]


def test_a_table_that_fits_nothing_shows_both_sides(clips: Path) -> None:
    table = put(clips / "x.csv", "file,title\np.mp4,1\nq.mp4,2\nr.mp4,3\ns.mp4,4\n")
    warning = read_inputs(("clips",), metadata=(table,)).warnings[0]
    assert "no row matches any file; it names p.mp4, q.mp4, r.mp4; the files are clips/a.mp4, " in warning


def test_files_without_a_row_are_counted(clips: Path) -> None:
    table = put(clips / "x.csv", "file,title\na.mp4,1\n")
    assert "no row for 2 of 3 files (first: clips/b.mp4)" in read_inputs(("clips",), metadata=(table,)).warnings[0]


def test_rows_by_content_hash_join_when_the_hash_is_known(clips: Path) -> None:
    sha = hashlib.sha256(b"content").hexdigest()
    table = put(clips / "x.csv", f"sha256,title,label\n{sha},by hash,1\n{'f' * 64},other,0\n")
    inputs = read_inputs(("clips/a.mp4", "clips/b.mp4"), metadata=(table,))
    assert titles(inputs) == {"a.mp4": "", "b.mp4": ""}
    joined = inputs.identified(inputs.files[0], sha[:32])
    assert joined.metadata.title == "by hash"
    assert joined.columns["label"] == "1"
    assert inputs.identified(inputs.files[1], "0" * 32) == inputs.files[1]
    assert inputs.unmatched([sha[:32]]) == ()
    assert "no row matches any file" in inputs.unmatched(["0" * 32])[0]


def test_the_hash_is_believed_before_the_name(clips: Path) -> None:
    table = put(clips / "x.csv", f"file,sha256,title\na.mp4,{'a' * 64},A\nb.mp4,{'b' * 64},B\n")
    inputs = read_inputs(("clips/a.mp4",), metadata=(table,))
    assert titles(inputs) == {"a.mp4": "A"}
    assert inputs.identified(inputs.files[0], "b" * 32).metadata.title == "B"


def test_many_notes_are_counted_instead_of_shown(clips: Path) -> None:
    for n in range(30):
        touch(clips, f"many/{n}.mp4")
        put(clips / "many" / f"{n}.json", "{")
    warnings = read_inputs(("clips/many",)).warnings
    assert len(warnings) == 21
    assert warnings[-1] == "and 10 more of this kind"


def test_a_cut_transcript_is_told_of(clips: Path) -> None:
    put(clips / "m.csv", f"path,transcript\na.mp4,{'x' * 30_000}\n")
    inputs = read_inputs(("clips/m.csv",))
    assert len(inputs.files[0].metadata.transcript) == 20_000
    assert inputs.warnings == ("clips/m.csv:2: transcript cut from 30000 to 20000 characters",)


DATA = Path(os.environ.get("VIBEKIT_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.skipif(not (DATA / "videos.csv").is_file(), reason="no sample clips: set VIBEKIT_BENCH_DATA")
def test_the_sample_clips_get_their_titles() -> None:
    inputs = read_inputs((str(DATA / "videos"),), metadata=(DATA / "videos.csv",))
    assert len(inputs.files) == 80
    assert all(file.metadata.title for file in inputs.files)


def test_a_row_that_names_another_file_is_never_taken_for_this_one_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "1.mp4").write_bytes(b"x")
    table = tmp_path / "table.csv"
    table.write_text("id,filename,title\n1,2.mp4,Two\n2,1.mp4,One\n")
    found = read_inputs((str(tmp_path / "1.mp4"),), metadata=(table,))
    assert found.files[0].metadata.title == "One"
