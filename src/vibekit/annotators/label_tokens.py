"""P(label) from the probabilities of the tokens that the model wrote its label with.

The label's place is found in the JSON text, the tokens that lie there are found by their bytes, and the alternatives
that the server names beside them are sorted by the label that each would have begun. What several labels begin with
alike (``1`` of 1 and 10, ``"`` of every name) is followed along the tokens that were written. The mass is then
renormalised over the allowed labels; ``null`` stands apart, so that it is P(label | no abstention).

Renormalising over label tokens: Liu et al., "G-Eval", EMNLP 2023, arXiv 2303.16634. That such probabilities are
informative: Kadavath et al., "Language Models (Mostly) Know What They Know", arXiv 2207.05221; that they are often
overconfident in models tuned for chat: Tian et al., "Just Ask for Calibration", EMNLP 2023, arXiv 2305.14975. They
are conditional on the rationale that was written before the label, and lie near 0 and 1 more often than not.

Where anything of this cannot be read without doubt, the probability that the model stated stays.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import accumulate
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from vibekit.annotators.answer import contradicts
from vibekit.annotators.json_place import value_span
from vibekit.core.annotation import ProbabilitySource, Status
from vibekit.core.attribute import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.annotation import Answer
    from vibekit.core.attribute import Attribute, Label
    from vibekit.openai_compat.response import Token

LEAST_KNOWN = 0.5
"""Probability that must lie on allowed labels and null: with less, the model was about to write something else."""
MOST_LOST = 0.02
"""Probability that may lie where it cannot be told from the written label's: on tokens that it and others begin with,
or on tokens that the server did not name."""
_SPACE = b" \t\r\n"
_AFTER = b",}] \t\r\n"
"""What may stand behind a label in JSON."""
_DIGITS = 6


def with_probabilities(
    answers: Mapping[str, Answer], attributes: Sequence[Attribute], *, text: str, tokens: Sequence[Token]
) -> dict[str, Answer]:
    """Return the answers with the probabilities of their labels' tokens where these can be read.

    Args:
        answers: As read from the text.
        attributes: That were asked about.
        text: The whole answer.
        tokens: Its tokens; others, such as reasoning, may stand before and behind them.
    """
    starts = token_starts(text, tokens)
    if not starts:
        return dict(answers)
    return {a.name: _with_probability(answers[a.name], a, text=text, tokens=tokens, starts=starts) for a in attributes}


def token_starts(text: str, tokens: Sequence[Token]) -> list[int]:
    """Return where each token begins, in bytes of the text; empty when tokens and text do not fit.

    The text must occur once in the joined tokens. Tokens before it begin below 0.
    """
    joined, wanted = b"".join(t.data for t in tokens), text.encode("utf-8", "surrogatepass")
    at = joined.find(wanted)
    if at < 0 or not wanted or joined.find(wanted, at + 1) >= 0:
        return []
    return [start - at for start in accumulate((len(t.data) for t in tokens[:-1]), initial=0)]


def label_probability(
    attribute: Attribute, label: Label, *, text: str, tokens: Sequence[Token], starts: Sequence[int]
) -> float | None:
    """Return P(the attribute holds) for binary, P(label) otherwise; None when it cannot be read without doubt.

    Args:
        attribute: That the label is of.
        label: What the model wrote.
        text: The whole answer.
        tokens: Its tokens.
        starts: Where each begins, in bytes of the text.
    """
    span = value_span(text, ("answers", attribute.name, "label"))
    if span is None:
        return None
    begin = len(text[: span[0]].encode("utf-8", "surrogatepass"))
    written = text[span[0] : span[1]]
    first = max((i for i, start in enumerate(starts) if start <= begin and tokens[i].data), default=None)
    if first is None:
        return None
    head = tokens[first].data[: begin - starts[first]]
    mass = _masses(_literals(attribute, label, written), tokens[first:], label=label, head=head)
    total = mass.others + sum(mass.of[name] for name in attribute.allowed) if mass else 0.0
    if mass is None or mass.lost > MOST_LOST or total + mass.of[None] < LEAST_KNOWN or mass.of[label] <= 0:
        return None
    wanted = True if attribute.kind is Kind.BINARY else label
    return min(1.0, max(0.0, mass.of[wanted] / total))


def _with_probability(
    answer: Answer, attribute: Attribute, *, text: str, tokens: Sequence[Token], starts: Sequence[int]
) -> Answer:
    if answer.status is not Status.OK or answer.label is None:
        return answer
    found = label_probability(attribute, answer.label, text=text, tokens=tokens, starts=starts)
    # a sampled label need not be the likeliest: label and probability of one line never contradict each other
    if found is None or contradicts(attribute, answer.label, found):
        return answer
    return replace(answer, probability=round(found, _DIGITS), probability_source=ProbabilitySource.LOGPROB)


class _Masses(NamedTuple):
    """Probability of each label; of tokens that several others begin with; of what may be the written one's or not."""

    of: dict[Label | None, float]
    others: float
    lost: float


def _literals(attribute: Attribute, label: Label, written: str) -> dict[Label | None, set[bytes]]:
    """Return the ways in which each label may be written as JSON."""
    made: dict[Label | None, set[bytes]] = {None: {b"null"}}
    for allowed in attribute.allowed:
        ways = {json.dumps(allowed, ensure_ascii=True), json.dumps(allowed, ensure_ascii=False)}
        made[allowed] = {way.encode("utf-8", "surrogatepass") for way in ways}
    made[label].add(written.encode("utf-8", "surrogatepass"))
    return made


def _masses(
    literals: Mapping[Label | None, set[bytes]], tokens: Sequence[Token], *, label: Label, head: bytes
) -> _Masses | None:
    """Follow the tokens from the label's first byte until one label is left.

    Args:
        literals: Ways to write each label.
        tokens: From the one that holds the label's first byte.
        label: That was written.
        head: What stands in that token before the label.
    """
    of: dict[Label | None, float] = dict.fromkeys(literals, 0.0)
    others, lost, reached, done, alive = 0.0, 0.0, 1.0, b"", set(literals)
    core = head.rstrip(_SPACE)
    for token in tokens:
        options = _options(token)
        if sum(options.values()) > 1.02:
            return None
        chosen: set[Label | None] = set()
        named: set[Label | None] = {None}
        for data, probability in options.items():
            begun = _begun(data, core, done=done, alive=alive, literals=literals)
            named |= begun
            if data == token.data:
                chosen = begun
            elif len(begun) == 1:
                of[next(iter(begun))] += reached * probability
            elif begun and not begun & {label, None}:
                others += reached * probability
            elif begun:
                lost += reached * probability
        # a label that no option begins may have been too unlikely to be named, or the server names too few
        lost += 0.0 if alive <= named else reached * _unnamed(token, options)
        reached *= options[token.data]
        if len(chosen) == 1:
            of[next(iter(chosen))] += reached
            return _Masses(of, others, lost)
        if not chosen:
            return None
        done, alive, core = done + token.data.removeprefix(core), chosen, b""
    return None


def _options(token: Token) -> dict[bytes, float]:
    """Return the probabilities of what could stand at a place, what does stand there among them."""
    options: dict[bytes, float] = {}
    for data, logprob in token.top:
        options[data] = options.get(data, 0.0) + exp(min(logprob, 0.0))
    options.setdefault(token.data, exp(min(token.logprob, 0.0)))
    return options


def _unnamed(token: Token, options: Mapping[bytes, float]) -> float:
    """Return the most probability that a token may have which is not named: those that are named are the likeliest."""
    least = min((exp(min(logprob, 0.0)) for _, logprob in token.top), default=1.0)
    return min(least, max(0.0, 1.0 - sum(options.values())))


def _begun(
    data: bytes, core: bytes, *, done: bytes, alive: set[Label | None], literals: Mapping[Label | None, set[bytes]]
) -> set[Label | None]:
    """Return the labels that a token could go on with: all of them while nothing but space is there."""
    if not data.startswith(core):
        return set(alive) if core.startswith(data) else set()
    full = (done + data.removeprefix(core)).lstrip(_SPACE)
    return {name for name in alive if any(_agree(full, literal) for literal in literals[name])}


def _agree(full: bytes, literal: bytes) -> bool:
    if len(full) <= len(literal):
        return literal.startswith(full)
    return full.startswith(literal) and full[len(literal)] in _AFTER
