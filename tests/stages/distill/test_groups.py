"""Groups of a table, folds of few groups, and what folds say of labels by chance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.embedded import write_set
from vibekit.errors import InputError
from vibekit.stages.distill import DistillConfig, DistillOptions, distill

X = np.random.default_rng(1).standard_normal((60, 8))
IDS = [f"v{i}" for i in range(60)]
QUICK = DistillOptions(head="linear", cv=5, draws=100, curve=False, ablation=False)


def config(folder: Path, *, groups: str, cv: int = 5, by_chance: bool = False) -> DistillConfig:
    labels = np.random.default_rng(2).random(60) < 0.3 if by_chance else X[:, 0] > 0.3
    (folder / "silver.csv").write_text(
        "video_id,calm\n" + "".join(f"{name},{int(label)}\n" for name, label in zip(IDS, labels, strict=True))
    )
    (folder / "groups.csv").write_text("video_id,group\n" + groups)
    write_set(folder / "e", X.astype(np.float32), ids=IDS)
    return DistillConfig(
        sources=(folder / "silver.csv",), embeddings=folder / "e", out=folder / "s", groups=folder / "groups.csv",
        options=replace(QUICK, cv=cv),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ("".join(f"{name},g\n" for name in IDS), "1 groups are too few for --cv 5"),
        ("".join(f"{name},{i % 3}\n" for i, name in enumerate(IDS)), "3 groups are too few for --cv 5"),
        ("v0,a\nv0,b\n", "'v0' is in two groups: a and b"),
        ("z1,a\nz2,b\n", "it names z1, z2, the labels v0, v1, v10"),
    ],
)
def test_a_table_of_groups_that_cannot_be_right(tmp_path: Path, groups: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        distill(config(tmp_path, groups=groups))


def test_videos_without_a_group_are_said(tmp_path: Path) -> None:
    report = distill(config(tmp_path, groups="".join(f"{name},{name}\n" for name in IDS[:50])))
    assert any("10 of 60 videos are in no group" in one for one in report.warnings)
    heads = {head.head: head for head in report.attributes["calm"].heads}
    assert (heads["linear"].average_precision.value or 0) > 0.85
    # it ranks nothing, whatever the means of the folds are
    assert heads["majority"].average_precision.value == pytest.approx(np.mean(X[:, 0] > 0.3), abs=1e-9)


def test_folds_find_nothing_in_labels_by_chance(tmp_path: Path) -> None:
    report = distill(config(tmp_path, groups="".join(f"{name},{name}\n" for name in IDS), by_chance=True))
    heads = {head.head: head for head in report.attributes["calm"].heads}
    assert (heads["linear"].log_loss or 0) > (heads["majority"].log_loss or 1) - 0.02
    assert (heads["linear"].f1 or 0) <= (heads["majority"].f1 or 0)
