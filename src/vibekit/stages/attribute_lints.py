"""What makes a valid definition hard to judge by: each lint has a code that stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind, Modality
from vibekit.core.signal_scale import SIGNAL_INFO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.core.attribute import Attribute

MIN_DEFINITION_WORDS = 25
MIN_EDGE_CASES = 2
ALIKE = 0.8
"""Share of common words from which an inclusion and an exclusion say the same."""

PLACEHOLDER = "Replace this"
"""How every text of a fresh skeleton begins."""

VAGUE = "nice|good|bad|great|beautiful|cool|interesting|appropriate|suitable|proper|decent"
HEDGING = "some|several|various|certain|somewhat|fairly|quite|rather(?! than)|kind of|sort of"
OPEN_ENDED = "etc|and so on|and the like|stuff|things"
_VAGUE = re.compile(rf"\b({VAGUE}|{HEDGING}|{OPEN_ENDED})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One weakness.

    Attributes:
        code: Stable name.
        key: The YAML key that it is about.
        message: What is weak.
        hint: What to write instead.
    """

    code: str
    key: str
    message: str
    hint: str


def lint(attribute: Attribute) -> tuple[Lint, ...]:
    """Return every weakness of a valid definition."""
    return tuple(found for rule in _RULES for found in rule(attribute))


def _lists(attribute: Attribute) -> Iterator[Lint]:
    if not attribute.include:
        yield Lint(code="no-inclusions", key="include", message="says nothing that counts", hint="list what counts")
    if not attribute.exclude:
        hint = "list what looks like it and does not count; most wrong labels come from there"
        yield Lint(code="no-exclusions", key="exclude", message="says nothing that does not count", hint=hint)


def _edge_cases(attribute: Attribute) -> Iterator[Lint]:
    cases = attribute.edge_cases
    if not cases:
        hint = "write down the cases on which two people disagreed, with the ruling and the reason"
        yield Lint(code="no-edge-cases", key="edge_cases", message="no hard case is ruled on", hint=hint)
        return
    if len(cases) < MIN_EDGE_CASES:
        message = f"only {len(cases)} hard case is ruled on"
        yield Lint(code="few-edge-cases", key="edge_cases", message=message, hint=f"write {MIN_EDGE_CASES} or more")
    elif len({(type(c.label), c.label) for c in cases}) == 1:
        message = "every hard case gets the same label, so the border is known from one side only"
        yield Lint(
            code="one-sided-edge-cases", key="edge_cases", message=message, hint="add one that goes the other way"
        )
    ruled: dict[str, object] = {}
    for case in cases:
        if ruled.setdefault(_folded(case.case), case.label) != case.label:
            message = f"the case '{_short(case.case)}' has two rulings"
            yield Lint(code="contradiction", key="edge_cases", message=message, hint="keep one of them")


def _words(attribute: Attribute) -> Iterator[Lint]:
    texts = {
        "question": (attribute.question,),
        "definition": (attribute.definition,),
        "include": attribute.include,
        "exclude": attribute.exclude,
    }
    for key, parts in texts.items():
        vague = sorted({match.group().lower() for part in parts for match in _VAGUE.finditer(part)})
        if vague:
            quoted = ", ".join(f"'{word}'" for word in vague)
            hint = "say what one would see or hear instead"
            yield Lint(code="vague-words", key=key, message=f"two people read {quoted} in two ways", hint=hint)


def _placeholders(attribute: Attribute) -> Iterator[Lint]:
    texts = {
        "definition": (attribute.definition,),
        "scale" if attribute.kind is Kind.ORDINAL else "labels": tuple(c.meaning for c in attribute.choices),
        "include": attribute.include,
        "exclude": attribute.exclude,
        "edge_cases": tuple(text for c in attribute.edge_cases for text in (c.case, c.why)),
    }
    for key, parts in texts.items():
        if any(part.startswith(PLACEHOLDER) for part in parts):
            yield Lint(code="placeholder", key=key, message="still holds the skeleton's text", hint="write your own")


def _definition(attribute: Attribute) -> Iterator[Lint]:
    count = len(attribute.definition.split())
    if count < MIN_DEFINITION_WORDS:
        message = f"has {count} words; a stranger could not apply it"
        hint = f"three to six sentences, at least {MIN_DEFINITION_WORDS} words"
        yield Lint(code="short-definition", key="definition", message=message, hint=hint)


def _question(attribute: Attribute) -> Iterator[Lint]:
    question = attribute.question
    if not question.endswith(("?", "？", "؟")):
        yield Lint(code="no-question", key="question", message="is not a question", hint="end it with '?'")
    if len(re.findall("[?？؟]", question)) > 1 or "and/or" in question.lower():
        hint = "ask one; make a second attribute of the other"
        yield Lint(code="two-questions", key="question", message="asks two things at once", hint=hint)


def _overlap(attribute: Attribute) -> Iterator[Lint]:
    for yes in attribute.include:
        for no in attribute.exclude:
            one, other = set(_folded(yes).split()), set(_folded(no).split())
            if len(one & other) >= ALIKE * max(len(one | other), 1):
                message = f"'{_short(no)}' is excluded, and include says the same"
                yield Lint(code="include-exclude-overlap", key="exclude", message=message, hint="say how they differ")


def _choices(attribute: Attribute) -> Iterator[Lint]:
    bare = [str(choice.label) for choice in attribute.choices if not choice.meaning]
    if bare:
        key = "scale" if attribute.kind is Kind.ORDINAL else "labels"
        message = f"no meaning for {', '.join(bare)}"
        yield Lint(code="no-meaning", key=key, message=message, hint="say when each label applies")


def _threshold(attribute: Attribute) -> Iterator[Lint]:
    if attribute.threshold in (0, 1):
        every = "every video" if attribute.threshold == 0 else "hardly any video"
        hint = "between 0 and 1; 0.5 until a golden set says better"
        yield Lint(code="extreme-threshold", key="threshold", message=f"lets {every} through", hint=hint)


def _keeping(attribute: Attribute) -> Iterator[Lint]:
    if not attribute.owner:
        hint = "write who answers for it: a team or a role"
        yield Lint(code="no-owner", key="owner", message="nobody answers for the definition", hint=hint)
    latest = max((change.version for change in attribute.changelog), default=0)
    if latest < attribute.version and (attribute.changelog or attribute.version > 1):
        message = f"ends at version {latest}, and the definition is at {attribute.version}"
        yield Lint(code="changelog-behind", key="changelog", message=message, hint="say what changed and why")
    if latest > attribute.version:
        message = f"speaks of version {latest}, and the definition is at {attribute.version}"
        yield Lint(code="changelog-ahead", key="changelog", message=message, hint=f"write version: {latest}")


def _examples(attribute: Attribute) -> Iterator[Lint]:
    for example in attribute.examples:
        if len(re.findall(r"\w", example.video)) < 3 or example.video.casefold() in ("todo", "tbd", "n/a", "example"):
            message = f"the example '{example.video}' names no video"
            yield Lint(code="nameless-example", key="examples", message=message, hint="write its title, id or file")


def _sound(attribute: Attribute) -> Iterator[Lint]:
    used = {signal for rule in attribute.signals for signal, _ in rule.weights}
    deaf = sorted(str(s) for s in used if SIGNAL_INFO[s].needs_audio)
    if deaf and Modality.AUDIO not in attribute.modalities:
        hint = "add audio to modalities, or take the signal out"
        message = f"{', '.join(deaf)} is measured on sound, which modalities leave out"
        yield Lint(code="unheard-signals", key="signals", message=message, hint=hint)


_RULES = (
    _lists,
    _edge_cases,
    _words,
    _placeholders,
    _definition,
    _question,
    _overlap,
    _choices,
    _threshold,
    _keeping,
    _examples,
    _sound,
)


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
