"""The dated price table: what tokens cost, shipped with vibekit and overridable by a file of the user's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.formats import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.annotation import Usage
    from vibekit.formats.strict_yaml import Node

PER = 1_000_000
_MOST = 100_000.0
_KINDS = ("in", "out", "cached", "audio", "image", "video")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens.

    Attributes:
        input: Input tokens.
        output: Answer and thinking tokens.
        cached: Input tokens read from a cache; None when unknown: they are counted as input.
        audio: Input tokens of sound; None when they cost the same.
        image: Likewise of pictures.
        video: Likewise of video.
    """

    input: float
    output: float
    cached: float | None = None
    audio: float | None = None
    image: float | None = None
    video: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Prices by model and date.

    Attributes:
        as_of: The day on which the table was written, ISO 8601.
        source: Where the prices come from.
        models: Model id -> (first day, price) pairs in order of time; the first pair holds since ever.
        batch_factor: What a batch costs, as a share of the price; None when unknown: the full price.
    """

    as_of: str
    source: str
    models: Mapping[str, tuple[tuple[str, Price], ...]]
    batch_factor: float | None = None

    def price(self, model: str, *, on: date) -> Price | None:
        """Return the price of a model on a day; None when the table does not know the model."""
        known = self.models.get(model.removeprefix("models/"))
        if known is None:
            return None
        day = on.isoformat()
        return [price for first_day, price in known if first_day <= day][-1]

    def rate(self, model: str, sent: Sequence[str], *, on: date) -> float | None:
        """Return the price of input tokens that are not told apart: of the dearest kind, never less than is billed.

        Args:
            model: Its id.
            sent: ``image``, ``video`` and ``audio``, as far as they are sent; words always are.
            on: The day.
        """
        price = self.price(model, on=on)
        if price is None:
            return None
        own = {"image": price.image, "video": price.video, "audio": price.audio}
        return max(price.input, *(own[kind] or 0.0 for kind in sent), 0.0)

    def cost(self, model: str, usage: Usage, *, on: date, batch: bool = False) -> float | None:
        """Return US dollars for the tokens; None when the table does not know the model.

        Where a call has cached tokens and sound, the cached ones are taken to be of the cheaper kind: the
        result is never less than what is billed.
        """
        price = self.price(model, on=on)
        if price is None:
            return None
        audio_rate = price.input if price.audio is None else price.audio
        cached_rate = price.input if price.cached is None else price.cached
        audio = min(max(usage.audio, 0), usage.prompt)
        cached = min(max(usage.cached, 0), usage.prompt)
        dearest_first = sorted(((audio, audio_rate), (usage.prompt - audio, price.input)), key=lambda p: -p[1])
        total, fresh = 0.0, usage.prompt - cached
        for tokens, rate in dearest_first:
            billed = min(tokens, fresh)
            total += billed * rate
            fresh -= billed
        total += cached * cached_rate + (usage.output + usage.thoughts) * price.output
        factor = self.batch_factor if batch and self.batch_factor is not None else 1.0
        return total / PER * factor


def load_prices(path: Path | None = None) -> PriceTable:
    """Read the shipped table, with the user's table laid over it.

    Args:
        path: The user's table; its models replace those of the same name.

    Raises:
        InputError: The file is not a price table.
    """
    shipped = read_prices(Path(str(resources.files("vibekit.formats"))) / "prices.yaml")
    if path is None:
        return shipped
    own = read_prices(path)
    factor = shipped.batch_factor if own.batch_factor is None else own.batch_factor
    return replace(own, models={**shipped.models, **own.models}, batch_factor=factor)


def read_prices(path: Path) -> PriceTable:
    """Read one table.

    Raises:
        InputError: Unknown or missing keys, a negative price, later prices out of order; with file and line.
    """
    fields = strict_yaml.read(path).mapping(("as_of", "source", "batch_factor", "models"), required=("as_of", "models"))
    return PriceTable(
        as_of=fields["as_of"].date(),
        source=fields["source"].text() if "source" in fields else str(path),
        batch_factor=fields["batch_factor"].number(minimum=0, maximum=1) if "batch_factor" in fields else None,
        models={name: _dated(node) for name, node in fields["models"].mapping().items()},
    )


def _dated(node: Node) -> tuple[tuple[str, Price], ...]:
    fields = node.mapping((*_KINDS, "later"), required=("in", "out"))
    prices = [("0000-00-00", _price(fields))]
    for later in fields["later"].sequence() if "later" in fields else ():
        change = later.mapping(("from", *_KINDS), required=("from", "in", "out"))
        day = change["from"].date()
        if day <= prices[-1][0]:
            raise change["from"].error("later prices must stand in order of their dates")
        prices.append((day, _price(change)))
    return tuple(prices)


def _price(fields: Mapping[str, Node]) -> Price:
    return Price(
        input=fields["in"].number(minimum=0, maximum=_MOST),
        output=fields["out"].number(minimum=0, maximum=_MOST),
        cached=_amount(fields.get("cached")),
        audio=_amount(fields.get("audio")),
        image=_amount(fields.get("image")),
        video=_amount(fields.get("video")),
    )


def _amount(node: Node | None) -> float | None:
    return None if node is None else node.number(minimum=0, maximum=_MOST)
