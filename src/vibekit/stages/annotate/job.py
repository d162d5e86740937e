"""What a command works on, read and checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.stages.annotate.batch.service import batch_service

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.annotators.base import Annotator, Estimator
    from vibekit.core.attribute import Attribute
    from vibekit.formats.run import RunAttribute
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.plan import Planner
    from vibekit.stages.inputs import Inputs
    from vibekit.stages.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command.

    Attributes:
        config: What is asked for.
        progress: Told how far it is.
        annotator: Who answers.
        attributes: What is judged.
        files: Attribute name -> the file of its definition.
        inputs: The videos.
        planner: Knows keys.
        recipes: Attribute name -> what its answers are made with.
    """

    config: AnnotateConfig
    progress: Progress
    annotator: Annotator
    attributes: tuple[Attribute, ...]
    files: dict[str, Path]
    inputs: Inputs
    planner: Planner
    recipes: dict[str, RunAttribute]

    @property
    def estimator(self) -> Estimator:
        """Who says what a question will cost: jobs have a price of their own."""
        return self.annotator if self.config.batch is None else batch_service(self.annotator)
