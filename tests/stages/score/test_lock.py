"""The locked test split: looks are counted, and a definition that came after one is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.scoring import NAME, confusion, definition, make_both, make_golden, make_run
from vibekit.core.golden import Split
from vibekit.errors import InputError
from vibekit.stages.golden.open import open_golden
from vibekit.stages.score import ScoreConfig, SplitChoice, score
from vibekit.stages.score.lock import check_lock, record_looks
from vibekit.stages.score.truth import truth_of


def config(run: Path, golden: Path, **options: object) -> ScoreConfig:
    """Return a quick request that writes no report."""
    plain = ScoreConfig(labels=run, golden=golden, draws=200, report=False, frames=False)
    return replace(plain, **options)  # type: ignore[arg-type]


def test_a_definition_written_after_the_test_split_was_seen_is_refused(tmp_path: Path) -> None:
    cases = confusion(tp=5, fp=5, fn=5, tn=5)
    later = definition(question="Is something unpacked?")
    golden = make_golden(tmp_path / "golden", cases, accepts=(later.fingerprint,))
    first = make_run(tmp_path / "first", {NAME: [case.said for case in cases]})
    second = make_run(tmp_path / "second", {NAME: [case.said for case in cases]}, later)
    assert score(config(first, golden)).uses == 1
    assert score(config(first, golden)).uses == 2
    with pytest.raises(InputError, match="may have been tuned on the test split") as refused:
        score(config(second, golden))
    assert "--i-know" in refused.value.hint
    forced = score(config(second, golden, i_know=True))
    assert (forced.uses, forced.forced) == (3, True)
    # later looks still say how it came in
    again = score(config(second, golden))
    assert again.forced
    assert any("--i-know" in warning for warning in again.warnings)


def test_a_look_by_another_process_meanwhile_counts(tmp_path: Path) -> None:
    """Two definitions that are scored at once: both were free when they began, only one may see numbers."""
    golden = make_golden(tmp_path / "golden", confusion(tp=5, fp=5, fn=5, tn=5))
    truth = truth_of(open_golden(golden), (NAME,))
    looks = [(check_lock(truth, SplitChoice.TEST, {NAME: f}, i_know=False), f, {NAME: f}) for f in "ab"]
    assert record_looks(truth, looks[:1], command="score") == 1
    with pytest.raises(InputError, match="another definition"):
        record_looks(truth, looks[1:], command="score")
    assert len(open_golden(golden).uses) == 1


def test_two_definitions_may_have_their_first_look_together(tmp_path: Path) -> None:
    golden = make_golden(tmp_path / "golden", confusion(tp=5, fp=5, fn=5, tn=5))
    truth = truth_of(open_golden(golden), (NAME,))
    looks = [(check_lock(truth, SplitChoice.TEST, {NAME: f}, i_know=False), f, {NAME: f}) for f in "ab"]
    assert record_looks(truth, looks, command="compare") == 2


def test_the_tune_split_may_be_looked_at_as_often_as_one_likes(tmp_path: Path) -> None:
    cases = [replace(case, split=Split.TUNE) for case in confusion(tp=9, fp=9, fn=9, tn=9)]
    run, golden = make_both(tmp_path, cases + confusion(tp=3, fp=3, fn=3, tn=3))
    report = score(config(run, golden, split=SplitChoice.TUNE))
    assert (report.uses, report.attributes[NAME].n) == (0, 36)
    report = score(config(run, golden))
    assert (report.split, report.uses, report.attributes[NAME].n) == ("test", 1, 12)


def test_a_split_without_videos_is_an_error(tmp_path: Path) -> None:
    run, golden = make_both(tmp_path, confusion(tp=1, fp=1, fn=1, tn=1))
    with pytest.raises(InputError, match="no golden video is in the tune split"):
        score(config(run, golden, split=SplitChoice.TUNE))
