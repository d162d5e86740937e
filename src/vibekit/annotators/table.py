"""Name -> ``module:Class``: adding an annotator is one file and one line here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, cast

from vibekit.errors import InputError, SetupError, did_you_mean

if TYPE_CHECKING:
    from vibekit.annotators.base import Annotator
    from vibekit.annotators.settings import AnnotatorSettings

ANNOTATORS: dict[str, str] = {
    "gemini": "vibekit.annotators.gemini:GeminiAnnotator",
    "openai": "vibekit.annotators.openai:OpenAIAnnotator",
    "signals": "vibekit.annotators.signals:SignalsAnnotator",
    "replay": "vibekit.annotators.replay:ReplayAnnotator",
    "scripted": "vibekit.annotators.scripted:ScriptedAnnotator",
}

PROTOCOL = ("info", "attribute_settings", "check", "rendered", "plan", "estimate", "attach", "ask", "aclose")
"""What a class must have; see ``vibekit.annotators.base.Annotator``."""


def create(name: str, settings: AnnotatorSettings) -> Annotator:
    """Make an annotator.

    Args:
        name: Name in the table, or ``package.module:Class`` of the user's own; the class is called with the settings.
        settings: What the user chose.

    Raises:
        InputError: No such name, module or class, or the class is no annotator.
        SetupError: A package that the annotator needs is not installed.
    """
    try:
        made = annotator_class(name)(settings)
    except TypeError as exc:
        if name in ANNOTATORS:
            raise
        raise InputError(f"annotator '{name}' cannot be made from the settings: {exc}", item=name) from exc
    missing = [member for member in PROTOCOL if not hasattr(made, member)]
    if missing:
        raise InputError(
            f"annotator '{name}' has no {', '.join(missing)}",
            hint="write every member of vibekit.annotators.base.Annotator",
        )
    return cast("Annotator", made)


def annotator_class(name: str) -> Any:  # noqa: ANN401 - the class is checked by create()
    """Import the class behind a name.

    Raises:
        InputError: No such name, module or class.
        SetupError: A package that the module needs is not installed.
    """
    module_name, separator, class_name = ANNOTATORS.get(name, name).partition(":")
    if not separator or not module_name or not class_name:
        known = f"known: {', '.join(ANNOTATORS)}; your own: package.module:Class"
        near = did_you_mean(name, ANNOTATORS)
        raise InputError(f"no annotator '{name}'", hint=f"{near} {known}".strip(), item=name)
    module = _import(module_name, name=name)
    found = getattr(module, class_name, None)
    if not callable(found):
        near = did_you_mean(class_name, (n for n in vars(module) if not n.startswith("_")))
        raise InputError(f"module '{module_name}' has no class '{class_name}'", hint=near, item=name)
    return found


def _import(module_name: str, *, name: str) -> object:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as exc:
        missing = exc.name or module_name
        if module_name == missing or module_name.startswith(missing + "."):
            raise InputError(
                f"no module '{missing}' for annotator '{name}'",
                hint="run from the folder that holds it with PYTHONPATH=. in front, or install it",
                item=name,
            ) from exc
        raise SetupError(
            f"annotator '{name}' needs the package '{missing}'", hint=f"pip install {missing}", item=name
        ) from exc
    except (ImportError, SyntaxError) as exc:
        raise SetupError(f"annotator '{name}' cannot be imported: {exc}", item=name) from exc
