"""``report.json`` of a score: the same as ``data`` of ``vibekit score --json``, with the version of the format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.estimate import Estimate
from vibekit.core.score import AttributeScore, ScoreReport
from vibekit.core.score_parts import Outcomes, Table
from vibekit.formats.report_file import read_report_file, write_report_file

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1

SAMPLE = ScoreReport(
    labels="runs/r1",
    golden="golden/g1",
    split="test",
    annotator="gemini",
    model="gemini-2.5-flash",
    cost_usd=1.25,
    attributes={
        "calming": AttributeScore(
            name="calming",
            title="Calming",
            kind="binary",
            definition="0123456789abcdef",
            n=60,
            coverage=0.9375,
            outcomes=Outcomes(golden=64, ok=60, abstain=2, blocked=1, missing=1),
            positives=20,
            tp=16,
            fp=4,
            fn=4,
            tn=36,
            precision=Estimate(value=0.8, low=0.584, high=0.919),
            recall=Estimate(value=0.8, low=0.584, high=0.919),
            f1=Estimate(value=0.8, low=0.63, high=0.9),
            roc_auc=Estimate(note="the labels came without probabilities"),
            interval="Wilson",
            confusion=Table(labels=("true", "false"), counts=((16, 4), (4, 36)), weighted=((16.0, 4.0), (4.0, 36.0))),
        )
    },
    uses=1,
    created_at="2026-11-21T10:00:00Z",
    vibekit="0.1.0",
)


def write_score_report(path: Path, report: ScoreReport) -> None:
    """Replace ``report.json`` at once.

    Raises:
        ValueError: A number is NaN or infinite, which JSON does not have.
    """
    write_report_file(path, report, version=VERSION)


def read_score_report(path: Path) -> ScoreReport:
    """Read ``report.json``.

    Raises:
        InputError: It is not one, or a newer vibekit wrote it; says which key is wrong.
    """
    return read_report_file(path, ScoreReport, version=VERSION)
