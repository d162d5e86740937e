"""The stages of the demo, one after the other: each is the function behind its command, and resumes like it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.demo import DemoStage
from vibekit.formats.attribute import read_attribute
from vibekit.stages.annotate import AnnotateConfig, annotate
from vibekit.stages.demo.clips import CLIPS
from vibekit.stages.demo.commands import COMMANDS
from vibekit.stages.demo.make import ATTRIBUTES
from vibekit.stages.distill import DistillConfig, DistillOptions, distill
from vibekit.stages.embed import EmbedConfig, embed
from vibekit.stages.predict import PredictConfig, predict
from vibekit.stages.score import ScoreConfig, score

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.attribute import Attribute
    from vibekit.core.distill import DistillReport
    from vibekit.core.estimate import Estimate
    from vibekit.core.labels import PredictReport
    from vibekit.core.score import ScoreReport
    from vibekit.stages.annotate import AnnotateReport
    from vibekit.stages.progress import Progress

FOLDS = 5
DRAWS = 500
"""Bootstrap draws: fewer than elsewhere, for nobody decides anything by the demo."""


@dataclass(slots=True)
class Chain:
    """The chain so far.

    Attributes:
        folder: Of the demo.
        progress: Is told how far each stage is.
        argv: For the manifests.
        stages: Those that are done.
    """

    folder: Path
    progress: Progress
    argv: tuple[str, ...]
    stages: list[DemoStage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time a stage and note it; the block appends the sentence of what it did."""
        did: list[str] = []
        start = time.monotonic()
        yield did
        words = COMMANDS[name]
        self.stages.append(
            DemoStage(
                name=name, title=words.title, did=" ".join(did), command=words.here, yours=words.yours,
                writes=words.writes, seconds=round(time.monotonic() - start, 3),
            )
        )  # fmt: skip

    @property
    def clips(self) -> tuple[str, ...]:
        """Every clip, by name: other videos in the folder are none of the demo's business."""
        return tuple(str(self.folder / "clips" / clip.name) for clip in CLIPS)

    @property
    def attributes_dir(self) -> Path:
        """Where the definitions are."""
        return self.folder / "attributes"

    def define(self) -> tuple[Attribute, ...]:
        """Read the definitions."""
        with self.stage("define") as did:
            found = tuple(read_attribute(self.attributes_dir / f"{name}.yaml") for name in ATTRIBUTES)
            kept = ", ".join(f"{one.name} {one.fingerprint}" for one in found)
            did.append(f"{len(found)} definitions. Every label carries the fingerprint of its own: {kept}.")
        return found

    def annotate(self) -> AnnotateReport:
        """Ask the built-in annotator about the sample."""
        with self.stage("annotate") as did:
            report = annotate(
                AnnotateConfig(
                    sources=(str(self.folder / "sample.csv"),), attributes=ATTRIBUTES,
                    out=self.folder / "runs" / "demo", settings=AnnotatorSettings(), annotator="signals",
                    attributes_dir=self.attributes_dir, argv=self.argv,
                ),
                progress=self.progress,
            )  # fmt: skip
            ok = sum(one.statuses.get("ok", 0) for one in report.attributes.values())
            did.append(f"{ok} labels on {report.files} of the {len(CLIPS)} clips; {len(report.failures)} failed.")
        return report

    def score(self) -> ScoreReport:
        """Hold the labels against the golden ones."""
        with self.stage("score") as did:
            report = score(
                ScoreConfig(
                    labels=self.folder / "runs" / "demo", golden=self.folder / "golden.csv", draws=DRAWS,
                    attributes_dir=self.attributes_dir, out=self.folder / "reports" / "demo",
                ),
                progress=self.progress,
            )  # fmt: skip
            did.append("; ".join(_f1(name, one.f1) for name, one in report.attributes.items()))
            did.append("against the golden labels, with 95 % intervals.")
        return report

    def embed(self) -> None:
        """Turn every clip into a vector."""
        with self.stage("embed") as did:
            report = embed(
                EmbedConfig(
                    sources=self.clips, out=self.folder / "embeddings" / "demo", embedders=("av",), argv=self.argv
                ),
                progress=self.progress,
            )  # fmt: skip
            did.append(f"{report.ok} of {report.rows} clips as vectors of {report.dim} dimensions ({report.embedder}).")

    def distill(self) -> DistillReport:
        """Train the student."""
        with self.stage("distill") as did:
            report = distill(
                DistillConfig(
                    sources=(self.folder / "runs" / "demo",), embeddings=self.folder / "embeddings" / "demo",
                    out=self.folder / "students" / "demo", golden=self.folder / "golden.csv",
                    attributes_dir=self.attributes_dir,
                    # the folder is the demo's own: an edited definition makes a new student
                    force=True,
                    options=DistillOptions(head="linear", cv=FOLDS, draws=DRAWS),
                ),
                progress=self.progress,
            )  # fmt: skip
            did.append(f"A {report.head} student from the labels of {report.silver.used} clips,")
            did.append(f"measured on clips of creators that it had not seen ({report.evaluation}).")
        return report

    def predict(self) -> PredictReport:
        """Label every clip."""
        with self.stage("predict") as did:
            report = predict(
                PredictConfig(
                    student=self.folder / "students" / "demo", embeddings=self.folder / "embeddings" / "demo",
                    out=self.folder / "labels" / "demo", force=True, argv=self.argv,
                ),
                progress=self.progress,
            )  # fmt: skip
            silver = sum(clip.silver for clip in CLIPS)
            did.append(
                f"Labels on all {report.labels.rows} clips, {report.labels.rows - silver} of which the annotator"
            )
            did.append("was never asked about.")
        return report


def _f1(name: str, f1: Estimate) -> str:
    if f1.value is None:
        return f"F1 of {name} undefined"
    interval = "" if f1.low is None or f1.high is None else f" [{f1.low:.2f}, {f1.high:.2f}]"
    return f"F1 of {name} {f1.value:.2f}{interval}"
