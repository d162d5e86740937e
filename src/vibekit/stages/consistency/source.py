"""Where a label comes from, as far as withholding shows it: the words, the picture or the sound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.attribute import Modality
from vibekit.stages.consistency.conditions import only, without
from vibekit.stages.consistency.verdict import with_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.stages.consistency.agreement import Rate
    from vibekit.stages.consistency.compare import Pair

WORDS = {Modality.TEXT: "the words", Modality.FRAMES: "the picture", Modality.AUDIO: "the sound"}
NEEDED = 0.2
"""From this share of labels lost without a modality on, the label is said to need it."""
ENOUGH = 0.8
"""From this share of labels kept with a modality alone on, the label can be had from it."""
RARE = 3
"""Videos that must have another label than the most frequent one: with fewer, any condition agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What withholding shows.

    Attributes:
        text: In plain words.
        words_suffice: True when the words alone give the label as well as everything else without them, or better.
        told: False when nothing can be told: nearly all videos have one label, or no condition was asked to its end.
    """

    text: str
    words_suffice: bool = False
    told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A video whose label is the one of the words alone, against that of everything else."""

    video_id: str
    path: str
    full: str
    without_text: str
    rationale: str
    rationale_without_text: str


def source_of(
    labels: Mapping[str, int], kept: Mapping[str, Rate], pairs: Mapping[str, Sequence[Pair]]
) -> tuple[Source, tuple[Example, ...]]:
    """Say where the labels of an attribute come from.

    Args:
        labels: Label with everything shown -> how many videos.
        kept: Condition -> how many labels stayed the same in it.
        pairs: Condition -> the answers with everything shown, and those of the condition.
    """
    n, most = sum(labels.values()), max(labels.values(), default=0)
    if not n:
        return Source(text="no video has a label: nothing can be told", told=False), ()
    if n - most < RARE:
        text = f"{most} of {n} videos have one label: nearly anything agrees with that, so nothing can be told"
        return Source(text=text, told=False), ()
    if not any(rate.n for rate in kept.values()):
        return Source(text="no video was asked about in any other condition: nothing can be told", told=False), ()
    frequent = {condition: _frequent(some) for condition, some in pairs.items()}
    suffices = _words_suffice(frequent, kept)
    sentences = [_measured(m, kept) for m in Modality]
    text = "; ".join([_where(frequent, kept), *(s for s in sentences if s)])
    if suffices:
        text += "; WARNING: the label can be had from the words about the video alone"
    return Source(text=text, words_suffice=suffices), _examples(pairs)


def _measured(modality: Modality, kept: Mapping[str, Rate]) -> str:
    parts = []
    gone, alone = kept.get(without(modality)), kept.get(only(modality))
    if gone is not None and gone.share is not None:
        parts.append(f"{without(modality)} loses {100 * (1 - gone.share):.0f} % ({gone.n - gone.k} of {gone.n})")
    if alone is not None and alone.share is not None:
        parts.append(f"{only(modality)} keeps {with_interval(alone)}")
    return ", ".join(parts)


def _frequent(pairs: Sequence[Pair]) -> float:
    """Return the share of labels that saying always the most frequent one keeps; 1 where too few are others to tell."""
    labels = Counter(p.first.answer.label for p in pairs if p.first.answer.label is not None and p.second is not None)
    n, most = labels.total(), max(labels.values(), default=0)
    return most / n if n - most >= RARE else 1.0


def _where(frequent: Mapping[str, float], kept: Mapping[str, Rate]) -> str:
    needed = [m for m in Modality if (lost := _lost(kept.get(without(m)))) is not None and lost >= NEEDED]
    enough = [m for m in Modality if _enough(kept.get(only(m)), frequent.get(only(m), 1.0))]
    both = [m for m in needed if m in enough]
    if both:
        return f"the label comes from {_listed(both)}"
    if needed:
        others = "; it can also be had from " + _listed(enough) if enough else ""
        return f"the label needs {_listed(needed)}{others}"
    if enough:
        return f"the label can be had from {_listed(enough)} alone, and is not lost without"
    return "no single one of what was withheld decides the label"


def _lost(rate: Rate | None) -> float | None:
    return None if rate is None or rate.share is None else 1 - rate.share


def _enough(rate: Rate | None, frequent: float) -> bool:
    """Say whether a modality alone gives the labels, and not only the most frequent of them."""
    return rate is not None and rate.share is not None and rate.share >= ENOUGH and rate.share > frequent


def _words_suffice(frequent: Mapping[str, float], kept: Mapping[str, Rate]) -> bool:
    alone, gone = kept.get(only(Modality.TEXT)), kept.get(without(Modality.TEXT))
    if alone is None or gone is None or alone.share is None or gone.share is None:
        return False
    return alone.share > frequent.get(only(Modality.TEXT), 1.0) and alone.share >= gone.share


def _listed(modalities: Sequence[Modality]) -> str:
    return " and ".join(WORDS[m] for m in modalities)


def _examples(pairs: Mapping[str, Sequence[Pair]]) -> tuple[Example, ...]:
    alone = {p.video_id: p for p in pairs.get(only(Modality.TEXT), ())}
    found: list[Example] = []
    for pair in pairs.get(without(Modality.TEXT), ()):
        other = alone.get(pair.video_id)
        if pair.labels is None or other is None or other.labels is None or pair.second is None:
            continue
        if other.labels[0] == other.labels[1] and pair.labels[0] != pair.labels[1]:
            found.append(
                Example(
                    video_id=pair.video_id,
                    path=pair.first.path,
                    full=pair.labels[0],
                    without_text=pair.labels[1],
                    rationale=pair.first.answer.rationale,
                    rationale_without_text=pair.second.answer.rationale,
                )
            )
    return tuple(sorted(found, key=lambda e: e.path))
