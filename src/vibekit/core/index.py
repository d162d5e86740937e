"""A retrieval index: what it is made of, how it is searched, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind, Label

if TYPE_CHECKING:
    from collections.abc import Mapping


class Metric(StrEnum):
    """What a score is."""

    COSINE = "cosine"
    INNER_PRODUCT = "ip"


class Storage(StrEnum):
    """How a vector is stored."""

    FP32 = "fp32"
    FP16 = "fp16"
    SQ8 = "sq8"


class Plan(StrEnum):
    """How a query was answered."""

    EMPTY = "empty"
    EXACT = "exact"
    IVF = "ivf"


class ColumnType(StrEnum):
    """What a metadata column holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedAttribute:
    """An attribute that videos can be restricted to.

    Attributes:
        name: Of the attribute.
        kind: binary, ordinal or categorical.
        labels: In the order of its probabilities; (True,) for binary.
        threshold: Probability from which a video carries it (binary).
        given: The threshold was given by hand, against that of the student or the definition.
        abstain: (low, high): from low on and below high it is unknown; None without a zone.
        definition: Fingerprint of the definition that the labels were made by; empty when not known.
        source: Where the labels came from, as typed.
        source_fingerprint: Of the labels: stage of a labels folder, or sha256 of a table.
        labelled_at: ISO 8601, UTC: when these labels entered the index.
        counts: Label (``true``, ``false`` or a label's text) or ``unknown`` -> videos, removed ones left out.
    """

    name: str
    kind: Kind
    labels: tuple[Label, ...]
    threshold: float = 0.5
    given: bool = False
    abstain: tuple[float, float] | None = None
    definition: str = ""
    source: str = ""
    source_fingerprint: str = ""
    labelled_at: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedColumn:
    """A metadata column of an index."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is looked at for a recall, as measured against the exact answer.

    Attributes:
        restriction: Canonical text that it was measured for; ``*`` for no restriction; empty for any other.
        matched: Videos that matched when it was measured.
        k: Results asked for.
        scan: Matching rows whose codes are compared at least: clusters are taken best first until so many are covered.
        refine: Rows whose vectors are compared afterwards; 0: the vectors of all scanned rows are, and no code.
        recall: Share of the true k nearest that came out, of the worst kind of query: the mean over the queries, less
            1.5 standard errors.
        queries: It was measured with.
        margin: Clusters are taken beyond ``scan`` while their centroid's score is at most so much below that of the
            best one, for a query of length 1.
    """

    restriction: str
    matched: int
    k: int
    scan: int
    refine: int
    recall: float
    queries: int
    margin: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One immutable file of a generation, under ``data/``."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexManifest:
    """``generations/g-000001.json``: one consistent, immutable version of an index.

    Attributes:
        generation: Its name.
        parent: The generation that it was made from; empty for the first.
        made_by: build, add, remove, update-labels or compact.
        created_at: ISO 8601, UTC.
        embeddings: Folders of the vectors, as typed.
        space: Fingerprint of the embedding space.
        embedder: Its name.
        dim: Of a vector, as the embedder gives it.
        metric: What a score is.
        storage: How rows are stored.
        rows: In cluster order, removed ones included.
        clusters: Of the coarse quantiser; 0 where only exact search is offered.
        tail: Rows added since, not in cluster order, always searched exactly.
        removed: Rows and tail rows that are no longer there.
        attributes: That can be restricted to.
        columns: Metadata that can be restricted to.
        efforts: Measured at build time.
        recall_target: That they were chosen for.
        files: Role -> file: see docs/index-format.md.
        key: Fingerprint of everything that it was built from; empty once it was changed by add, remove or labels.
        sources: Folder of embeddings or table of metadata, as typed -> fingerprint of what was read.
        without: Embedded videos that have no place in it: reason -> how many.
        argv: The command.
        vibekit: Version.
    """

    generation: str
    parent: str = ""
    made_by: str = "build"
    created_at: str = ""
    embeddings: tuple[str, ...] = ()
    space: str = ""
    embedder: str = ""
    dim: int = 0
    metric: Metric = Metric.COSINE
    storage: Storage = Storage.FP32
    rows: int = 0
    clusters: int = 0
    tail: int = 0
    removed: int = 0
    attributes: tuple[IndexedAttribute, ...] = ()
    columns: tuple[IndexedColumn, ...] = ()
    efforts: tuple[Effort, ...] = ()
    recall_target: float = 0.95
    files: Mapping[str, IndexFile] = field(default_factory=dict)
    key: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    without: Mapping[str, int] = field(default_factory=dict)
    argv: tuple[str, ...] = ()
    vibekit: str = ""

    @property
    def videos(self) -> int:
        """Videos that can be found."""
        return self.rows + self.tail - self.removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one query found, the best first.

    Attributes:
        ids: video_id.
        scores: Cosine or inner product with the stored vectors.
        plan: How it was found.
        matched: Videos that the restriction lets through, excluded ones left out.
        scanned: Of them, those that were compared, by code or by vector.
        expected_recall: Share of the true k nearest that is to be expected; 1 for exact, None where not measured.
        note: Why there are fewer than k; empty when there are k.
        generation: Of the index that answered.
    """

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    plan: Plan
    matched: int
    scanned: int
    expected_recall: float | None = None
    note: str = ""
    generation: str = ""
