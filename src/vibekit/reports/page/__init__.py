"""The page around a report: templates, style and script, put together into one file."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vibekit.reports import numbers
from vibekit.reports.text import clean


def render(template: str, **values: Any) -> str:  # noqa: ANN401 - a template takes any value
    """Fill in a template; every text in it is escaped.

    Args:
        template: Name of a file of this package.
        values: What it names.
    """
    script = _file("script.js")
    return _environment().get_template(template).render(
        **values,
        style=Markup(_file("style.css")),
        script=Markup(script),
        # nothing else may run or be loaded, should a text ever get through as markup
        policy="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'",
    )  # fmt: skip


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("vibekit.reports", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.globals["numbers"] = numbers
    environment.filters["svg"] = Markup
    return environment


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever stands in a template
    if isinstance(value, str) and not isinstance(value, Markup):
        return clean(value)
    return value


@lru_cache
def _file(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")
