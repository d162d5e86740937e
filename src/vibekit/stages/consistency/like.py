"""The settings that a run was made with, as options again: for asking once more in the same way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.errors import InputError, did_you_mean
from vibekit.formats.prompt import read_prompt
from vibekit.formats.run import read_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vibekit.formats.run import RunFile
    from vibekit.stages.annotate.options import AnnotateOptions


def _row(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: row[name]


def _sampling(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: row["sampling"][name]


def _file(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: None if row[name] is None else Path(row[name])


SHAPING: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    **{
        name: _row(name)
        for name in (
            "annotator",
            "model",
            "media",
            "fps",
            "audio",
            "decoder",
            "thinking",
            "temperature",
            "seed",
            "max_output_tokens",
            "samples",
            "attributes_per_call",
            "vertex",
            "project",
            "location",
            "base_url",
            "extra_body",
        )
    },
    "frames": _sampling("frames"),
    "sampling": _sampling("mode"),
    "near": _sampling("near"),
    "frame_size": _sampling("long_side"),
    "jpeg_quality": _sampling("quality"),
    "start": lambda row: row["sampling"]["window"]["start_s"],
    "end": lambda row: row["sampling"]["window"]["end_s"],
    "media_resolution": lambda row: row["media_resolution"] or "default",
    "inline_limit_mb": lambda row: row["inline_limit_bytes"] / 1e6,
    "source": _file("source"),
    "prompt": _file("prompt"),
}
"""Option -> how to read it from the settings in ``run.json``: what can change an answer, or who gives it."""


RENDERED = (".system.md", ".user.md")
"""Endings of what a run keeps beside its template: texts as they were sent."""


def options_like(run: RunFile, folder: Path, options: AnnotateOptions, *, given: frozenset[str]) -> AnnotateOptions:
    """Return options that ask as a run was asked.

    Args:
        run: Its ``run.json``.
        folder: Where it lies; its copy of the prompt template is used.
        options: Taken for everything that cannot change an answer, such as limits.
        given: Options that the user typed: taken as they are.
    """
    found: dict[str, Any] = {}
    for name, read in SHAPING.items():
        if name in given:
            continue
        try:
            found[name] = read(run.settings)
        except (KeyError, TypeError):
            # an annotator without a model keeps what it makes use of, an older run what there was at its time
            continue
    if "prompt" not in given:
        found["prompt"] = _template(run, folder) or found.get("prompt")
    return replace(options, **found)


def _template(run: RunFile, folder: Path) -> Path | None:
    """Return the run's own copy of its template: the file it was made from may have changed since."""
    used = {a.parts.get("prompt") for a in run.attributes.values()} - {"", None}
    copies = [p for p in sorted((folder / "prompts").glob("*.md")) if not p.name.endswith(RENDERED)]
    return next((p for p in copies if used and read_prompt(p).fingerprint in used), None)


def definitions_like(folder: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the definitions to ask with, as files: a run's own copies, or the user's files where those are named.

    Args:
        folder: The run.
        names: What the user typed, names or files; empty for all attributes of the run.

    Raises:
        InputError: The run has no such attribute.
    """
    known = read_run(folder / "run.json").attributes
    return tuple(name if _is_file(name) else str(_copy(folder, name, known)) for name in names or tuple(known))


def _copy(folder: Path, name: str, known: Mapping[str, object]) -> Path:
    if name not in known:
        near = did_you_mean(name, known)
        raise InputError(
            f"the run {folder} has no attribute '{name}'", item=name, hint=f"{near} it has: {', '.join(known)}".strip()
        )
    return folder / "attributes" / f"{name}.yaml"


def _is_file(name: str) -> bool:
    return "/" in name or name.endswith((".yaml", ".yml"))
