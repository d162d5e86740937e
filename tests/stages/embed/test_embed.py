"""``embed`` over real clips: each content once, resumed and added to, and never two embedders in one set."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.embedded import tiny_clips
from support.own_embedder import COLOUR, ODD, PAID
from vibekit.embedders.base import EmbedderSettings
from vibekit.errors import InputError, ServiceError, UsageError
from vibekit.formats.embeddings import NAME, open_embeddings
from vibekit.stages.embed import EmbedConfig, EmbedReport, embed

Run = Callable[..., EmbedReport]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven different clips, one of them twice, one that is no video and one that is empty."""
    folder = tmp_path_factory.mktemp("clips")
    paths = tiny_clips(folder, 7)
    shutil.copy(paths[0], folder / "twin.mp4")
    (folder / "bad.mp4").write_bytes(b"no video at all\n" * 99)
    (folder / "empty.mp4").touch()
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Embed with three videos a shard."""

    def go(*sources: Path, **changes: object) -> EmbedReport:
        config = EmbedConfig(
            sources=tuple(str(s) for s in sources),
            out=tmp_path / "e",
            embedders=(COLOUR,),
            settings=EmbedderSettings(options={"log": str(tmp_path / "log")}),
            shard_rows=3,
            workers=1,
        )
        return embed(replace(config, **changes))  # type: ignore[arg-type]

    return go


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def calls(tmp_path: Path) -> int:
    log = tmp_path / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_each_content_is_embedded_once_and_what_fails_is_a_row(clips: Path, run: Run, tmp_path: Path) -> None:
    report = run(clips)
    assert (report.ok, report.failed, report.rows, report.new, report.duplicates) == (7, 2, 9, 9, 1)
    assert (report.shards, report.dim, report.blocks) == (3, 3, {"colour": 3})
    assert calls(tmp_path) == 7
    found = open_embeddings(tmp_path / "e")
    assert [shard.rows for shard in found.shards] == [3, 3, 3]
    assert sum(found.reasons.values()) == 2
    assert {Path(f.path).name for f in report.failures} == {"bad.mp4", "empty.mp4"}
    assert all(f.reason for f in report.failures)
    rows = found.shards[0].open()
    assert not rows.ok[0]
    assert rows.paths[0].as_py().endswith("bad.mp4")
    assert not rows.vectors[0].any()
    assert len({tuple(v) for v in found.take([i.as_py() for ids in found.ids() for i in ids]).vectors.tolist()}) == 8
    manifest = json.loads((tmp_path / "e" / NAME).read_text())
    assert "decoded" in manifest["space"]["blocks"][0]["parameters"]


def test_running_again_does_nothing_and_changes_nothing(clips: Path, run: Run, tmp_path: Path) -> None:
    run(clips)
    before = content(tmp_path / "e")
    report = run(clips)
    assert (report.new, report.kept, calls(tmp_path)) == (0, 9, 7)
    assert content(tmp_path / "e") == before


def test_what_a_kill_left_is_finished_to_the_same_bytes(clips: Path, run: Run, tmp_path: Path) -> None:
    run(clips)
    whole = content(tmp_path / "e")
    (tmp_path / "e" / NAME).unlink()
    (tmp_path / "e" / "part-00002.arrow").rename(tmp_path / "e" / ".part-00002.arrow.abc")
    report = run(clips)
    assert (report.new, report.kept, calls(tmp_path)) == (3, 6, 9)
    assert content(tmp_path / "e") == whole


def test_new_videos_become_new_shards(clips: Path, run: Run, tmp_path: Path) -> None:
    few = [clips / f"c{i:02d}.mp4" for i in (1, 3)]
    run(*few)
    first = (tmp_path / "e" / "part-00000.arrow").read_bytes()
    report = run(clips)
    assert (report.new, report.kept, report.shards) == (7, 2, 4)
    assert (tmp_path / "e" / "part-00000.arrow").read_bytes() == first
    ids = [i.as_py() for ids in open_embeddings(tmp_path / "e").ids() for i in ids]
    assert len(ids) == len(set(ids)) == 9


def test_a_limit_counts_different_videos(clips: Path, run: Run) -> None:
    assert run(clips, limit=4).rows == 4
    assert run(clips, limit=5).new == 1


def test_another_embedder_is_refused_and_the_set_kept(clips: Path, run: Run, tmp_path: Path) -> None:
    run(clips, limit=3)
    before = content(tmp_path / "e")
    for finished in (True, False):
        if not finished:
            (tmp_path / "e" / NAME).unlink()
            before.pop(NAME)
        with pytest.raises(InputError, match=r"of another embedder: .*frames.*") as caught:
            run(clips, settings=EmbedderSettings(frames=5))
        assert "--force" in caught.value.hint
        with pytest.raises(UsageError, match="stores float16, now float32"):
            run(clips, dtype="float32")
        assert content(tmp_path / "e") == before
    run(clips, limit=3, settings=EmbedderSettings(frames=5), force=True)
    aside = next(tmp_path.glob("e.before-*"))
    assert {**content(aside), ".lock": b""} == before


def test_a_damaged_shard_is_made_anew(clips: Path, run: Run, tmp_path: Path) -> None:
    run(clips)
    whole = content(tmp_path / "e")
    shard = tmp_path / "e" / "part-00001.arrow"
    shard.write_bytes(shard.read_bytes()[:-50])
    report = run(clips)
    assert any("truncated" in warning for warning in report.warnings)
    assert report.new == 3
    assert content(tmp_path / "e") == whole


def test_files_that_nobody_may_read_have_no_row(clips: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere")
    (tmp_path / "list.csv").write_text(f"path\n{clips / 'c00.mp4'}\n{tmp_path / 'gone.mp4'}\n")
    report = run(tmp_path / "list.csv")
    assert (report.rows, report.ok, report.failed) == (1, 1, 1)
    assert open_embeddings(tmp_path / "e").unreadable.keys() == {str(tmp_path / "gone.mp4")}


def test_failed_videos_are_tried_again_only_when_asked(clips: Path, run: Run) -> None:
    refusing = EmbedderSettings(options={"kind": "reason"})
    report = run(clips, embedders=(ODD,), settings=refusing)
    assert report.ok == 0
    assert report.reasons[f"{ODD}: nobody is in it"] == 7
    again = run(clips, embedders=(ODD,), settings=EmbedderSettings(options={"kind": "large"}), retry_failed=True)
    assert (again.new, again.ok) == (9, 0)
    assert again.reasons["a value is beyond float16 (65,504): use --dtype float32"] == 7
    assert (
        "odd: NaN or infinite"
        in run(clips, embedders=(ODD,), settings=EmbedderSettings(options={"kind": "nan"}), retry_failed=True).reasons
    )
    assert (
        run(clips, embedders=(ODD,), settings=EmbedderSettings(options={"kind": "zero"}), retry_failed=True).reasons[
            "all zero"
        ]
        == 7
    )


def test_a_worker_that_crashes_or_is_stuck_takes_only_its_video_along(clips: Path, run: Run) -> None:
    one = clips / "c00.mp4"
    report = run(one, embedders=(ODD,), settings=EmbedderSettings(options={"kind": "crash"}))
    assert list(report.reasons) == ["the decoder crashed 2 times (exit 3)"]
    stuck = EmbedderSettings(options={"kind": "stuck"})
    report = run(one, embedders=(ODD,), settings=stuck, retry_failed=True, decode_timeout_s=1.0)
    assert list(report.reasons) == ["no answer within 1 s, killed"]


def titles(folder: Path, clips: Path, words: dict[int, str]) -> Path:
    path = folder / "titles.csv"
    path.write_text("path,title\n" + "".join(f"{clips / f'c{i:02d}.mp4'},{title}\n" for i, title in words.items()))
    return path


def test_blocks_are_joined_and_changed_words_are_embedded_anew(clips: Path, run: Run, tmp_path: Path) -> None:
    table = titles(tmp_path, clips, dict.fromkeys(range(7), "four"))
    report = run(table, embedders=(COLOUR, PAID))
    assert (report.ok, report.dim, report.blocks) == (7, 5, {"colour": 3, "paidwords": 2})
    before = open_embeddings(tmp_path / "e").shards[0].open()
    assert before.vectors[:, 3].tolist() == [4, 4, 4]
    assert all(words.as_py() for words in before.words)
    assert calls(tmp_path) == 14
    titles(tmp_path, clips, {**dict.fromkeys(range(7), "four"), 1: "longer"})
    report = run(table, embedders=(COLOUR, PAID))
    assert (report.new, report.kept) == (1, 6)
    after = open_embeddings(tmp_path / "e").shards[0].open()
    assert after.vectors[:, 3].tolist() == [4, 6, 4]
    assert after.ids.equals(before.ids)
    np.testing.assert_array_equal(after.vectors[:, :3], before.vectors[:, :3])


def test_what_was_paid_for_is_not_paid_again(clips: Path, run: Run, tmp_path: Path) -> None:
    table = titles(tmp_path, clips, {i: f"title {i}" for i in range(7)})
    log = str(tmp_path / "log")
    with pytest.raises(ServiceError):
        run(table, embedders=(PAID,), settings=EmbedderSettings(options={"log": log, "refuse": "5"}))
    assert calls(tmp_path) == 5
    kept = tmp_path / "e" / "paid.bin"
    assert kept.stat().st_size
    with kept.open("ab") as stream:
        stream.write(b'{"key": "torn')
    report = run(table, embedders=(PAID,), settings=EmbedderSettings(options={"log": log}))
    assert (report.ok, calls(tmp_path)) == (7, 7)
    assert kept.stat().st_size == 0


def test_a_name_that_is_not_utf8(clips: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    shutil.copy(clips / "c00.mp4", os.fsdecode(bytes(folder) + b"/caf\xe9.mp4"))
    assert run(folder).ok == 1
    assert open_embeddings(tmp_path / "e").shards[0].open().paths[0].as_py().endswith("caf\\xe9.mp4")


def test_folders_of_something_else_are_left_alone(clips: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"not embeddings: it holds 'thesis\.txt'"):
        run(clips)
    assert [path.name for path in (tmp_path / "e").iterdir()] == ["thesis.txt"]
