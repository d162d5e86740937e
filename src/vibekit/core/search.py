"""What a search was asked, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.core.index import Metric, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping


class Asked(StrEnum):
    """What is searched by."""

    ID = "id"
    VECTOR = "vector"
    VIDEO = "video"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLabel:
    """What an index knows of one video and one attribute.

    Attributes:
        label: ``true``, ``false``, a label's text, or ``unknown``.
        chance: Probability: of true for a binary attribute, else of that label; None where it is not known.
    """

    label: str
    chance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVideo:
    """What an index knows of one video.

    Attributes:
        video_id: Its id.
        path: Its file as it was embedded; empty when not known.
        labels: Attribute -> its label.
    """

    video_id: str
    path: str = ""
    labels: Mapping[str, SeenLabel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """One query, and what it found, the best first.

    Attributes:
        query: As asked: an id, a row of a file, a file, a text.
        by: What that is.
        restrict: Canonical text of the restriction; empty for every video.
        k: Results asked for.
        ids: video_id.
        scores: Cosine or inner product.
        plan: How it was found.
        matched: Videos that the restriction lets through, excluded ones left out.
        scanned: Of them, those that were compared.
        expected_recall: Share of the true k nearest that is to be expected; None where not measured.
        note: Why there are fewer than k; empty when there are k.
        problem: Why there is no answer at all; empty when there is one.
        asked: The video that was asked with, when it is one.
        found: What the index knows of each result; empty when there are very many.
    """

    query: str
    by: Asked
    restrict: str = ""
    k: int = 10
    ids: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    plan: Plan = Plan.EMPTY
    matched: int = 0
    scanned: int = 0
    expected_recall: float | None = None
    note: str = ""
    problem: str = ""
    asked: SeenVideo | None = None
    found: tuple[SeenVideo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """What a search did.

    Attributes:
        index: Its folder.
        generation: That answered, every query.
        videos: That can be found in it.
        embedder: Of its vectors.
        metric: What a score is.
        attributes: Names, in the order of the index.
        results: One a query, in order.
        failed: Queries without an answer.
        seconds: Wall time of the searching, opening left out.
        out: Where the results were written; empty when nowhere.
        html: Likewise the contact sheet.
        warnings: For people.
    """

    index: str
    generation: str
    videos: int
    embedder: str
    metric: Metric
    attributes: tuple[str, ...] = ()
    results: tuple[SearchResult, ...] = ()
    failed: int = 0
    seconds: float = 0.0
    out: str = ""
    html: str = ""
    warnings: tuple[str, ...] = ()
