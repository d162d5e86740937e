"""What the demo did: the whole chain on generated clips, as its page tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.estimate import NONE, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStage:
    """One stage of the chain.

    Attributes:
        name: Its command: ``annotate``.
        title: What it is for, in a few words.
        did: What came out, in one sentence.
        command: As typed in the folder of the demo.
        yours: The same for a folder of one's own.
        writes: What it wrote, relative to the folder of the demo.
        seconds: Wall time.
    """

    name: str
    title: str
    did: str
    command: str
    yours: str
    writes: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAttribute:
    """An attribute, as it was judged.

    Attributes:
        name: Of it.
        question: That a judge answers.
        definition: In full.
        fingerprint: Of the definition: every label carries it.
    """

    name: str
    question: str
    definition: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClipView:
    """A clip as the page shows it.

    Attributes:
        video_id: Its content hash.
        name: Its file.
        title: Of it.
        made_as: calm, in between or lively.
        notes: What is said under it.
    """

    video_id: str
    name: str
    title: str
    made_as: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoScore:
    """The annotator against golden labels, for one attribute.

    Attributes:
        attribute: Which.
        n: Golden videos.
        positives: Of them.
        precision: Of true.
        recall: Likewise.
        f1: Likewise.
    """

    attribute: str
    n: int
    positives: int
    precision: Estimate = NONE
    recall: Estimate = NONE
    f1: Estimate = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStudent:
    """The student beside its teacher and the simplest rival, for one attribute, on videos that it has not seen.

    Attributes:
        attribute: Which.
        student: F1 against golden labels.
        teacher: F1 against golden labels, on the same videos.
        verdict: Whether a loss below 5 % is shown.
        head: The student's.
        average_precision: Of the student, against the teacher's labels.
        neighbours: Of the 7 nearest neighbours, likewise.
        simplest: The nearest neighbours do as well or better.
    """

    attribute: str
    student: Estimate = NONE
    teacher: Estimate = NONE
    verdict: str = ""
    head: str = ""
    average_precision: Estimate = NONE
    neighbours: Estimate = NONE
    simplest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSearch:
    """One search.

    Attributes:
        query: The clip that was searched by.
        restrict: The restriction; empty for none.
        why: What it shows.
        command: As typed in the folder of the demo.
        found: Results, the best first; their notes hold the scores.
        plan: How it was answered.
        matched: Videos that the restriction lets through.
        note: Why there are fewer than were asked for.
    """

    query: DemoClipView
    restrict: str
    why: str
    command: str
    found: tuple[DemoClipView, ...]
    plan: str
    matched: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """``data`` of ``vibekit demo --json``.

    Attributes:
        folder: Where everything is.
        page: The HTML page; empty when the demo was stopped early.
        clips: How many there are.
        made: Of them, made now; the others were there.
        silver: Clips that the annotator was asked about.
        golden: Clips with golden labels.
        stages: The chain, in order.
        attributes: What was judged.
        shown: Some of the clips.
        answers: Some of the annotator's answers, with its words.
        scores: The annotator against golden labels.
        wrong: Clips on which it was wrong.
        students: The student beside its teacher.
        labels: Attribute -> label -> clips, by the student, over all clips.
        searches: What was looked for in the index.
        seconds: Wall time of the whole.
        failed: Answers that could not be had.
        interrupted: It was stopped early; the same command goes on.
        vibekit: Version.
        warnings: For people.
    """

    folder: str
    page: str = ""
    clips: int = 0
    made: int = 0
    silver: int = 0
    golden: int = 0
    stages: tuple[DemoStage, ...] = ()
    attributes: tuple[DemoAttribute, ...] = ()
    shown: tuple[DemoClipView, ...] = ()
    answers: tuple[DemoClipView, ...] = ()
    scores: tuple[DemoScore, ...] = ()
    wrong: tuple[DemoClipView, ...] = ()
    students: tuple[DemoStudent, ...] = ()
    labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    searches: tuple[DemoSearch, ...] = ()
    seconds: float = 0.0
    failed: int = 0
    interrupted: bool = False
    vibekit: str = ""
    warnings: tuple[str, ...] = ()
