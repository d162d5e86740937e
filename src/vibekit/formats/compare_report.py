"""``compare.json`` of a comparison: the same as ``data`` of ``vibekit compare --json``, with the format's version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.compare import AttributeComparison, CompareReport, Delta, Discordant, Flip
from vibekit.core.estimate import Estimate
from vibekit.core.score_parts import Outcomes
from vibekit.formats.report_file import read_report_file, write_report_file

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1

SAMPLE = CompareReport(
    a="runs/a",
    b="runs/b",
    golden="golden/g1",
    split="test",
    attributes={
        "calming": AttributeComparison(
            name="calming",
            title="Calming",
            kind="binary",
            n=60,
            primary="f1",
            verdict="none",
            words="no difference shown: F1 +3.10 points [-4.00, +10.20]",
            positives=20,
            outcomes_a=Outcomes(golden=60, ok=60),
            outcomes_b=Outcomes(golden=60, ok=60),
            deltas={
                "f1": Delta(a=0.78, b=0.811, difference=Estimate(value=0.031, low=-0.04, high=0.102), p=0.39),
                "precision": Delta(a=None, b=0.8, difference=Estimate(note="A predicted nothing true")),
            },
            p=0.39,
            mcnemar=Discordant(only_a=3, only_b=5, p=0.727, method="exact"),
            detectable=0.1,
            flips=(
                Flip(
                    video_id="00112233445566778899aabbccddeeff",
                    path="clips/lake.mp4",
                    golden="true",
                    a="false",
                    b="true",
                    right="b",
                    probability_a=0.4,
                    probability_b=0.9,
                    rationale_a="The cut is fast.",
                    rationale_b="Slow water, soft sound.",
                ),
            ),
            n_flips=8,
        )
    },
    created_at="2026-11-21T10:00:00Z",
    vibekit="0.1.0",
)


def write_compare_report(path: Path, report: CompareReport) -> None:
    """Replace ``compare.json`` at once.

    Raises:
        ValueError: A number is NaN or infinite, which JSON does not have.
    """
    write_report_file(path, report, version=VERSION)


def read_compare_report(path: Path) -> CompareReport:
    """Read ``compare.json``.

    Raises:
        InputError: It is not one, or a newer vibekit wrote it; says which key is wrong.
    """
    return read_report_file(path, CompareReport, version=VERSION)
