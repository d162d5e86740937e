"""``vibekit init``: a project that works, made of the ready-made definitions and prompts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vibekit import __version__
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.atomic import write_text
from vibekit.formats.attribute import SUFFIX
from vibekit.formats.attribute_schema import SCHEMA_FILE, schema_text
from vibekit.formats.shipped import shipped_dir
from vibekit.stages import init_texts

FIRST = ("calming", "energetic")
"""What the Makefile asks about when no attributes are chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitConfig:
    """What to make.

    Attributes:
        folder: Where; made when it is not there.
        attributes: Names of ready-made definitions to copy; none means all.
        force: Replace files that are there and differ.
    """

    folder: Path
    attributes: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InitReport:
    """What was made; paths are relative to the folder.

    Attributes:
        folder: The project.
        written: New files.
        replaced: Files that were there, differed and were replaced.
        kept: Files that were there and differ from what would have been written.
        unchanged: Files that were there and are the same.
    """

    folder: str
    written: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: tuple[str, ...]
    unchanged: tuple[str, ...]


def init_project(config: InitConfig) -> InitReport:
    """Write the files of a project; running it again does no harm.

    Raises:
        InputError: An attribute is not among the ready-made ones, or the folder cannot be written to.
    """
    if config.folder.exists() and not config.folder.is_dir():
        raise InputError("is not a folder", path=config.folder, hint="name a new or an empty folder")
    files = _files(config)
    done: dict[str, list[str]] = {"written": [], "replaced": [], "kept": [], "unchanged": []}
    for name, text in files.items():
        done[_put(config.folder / name, text, force=config.force)].append(name)
    return InitReport(
        folder=str(config.folder),
        written=tuple(done["written"]),
        replaced=tuple(done["replaced"]),
        kept=tuple(done["kept"]),
        unchanged=tuple(done["unchanged"]),
    )


def _files(config: InitConfig) -> dict[str, str]:
    chosen = _chosen(config.attributes)
    first = config.attributes or tuple(name for name in FIRST if name in chosen)
    prompts = sorted(shipped_dir("prompts").glob("*.md"))
    # resolve() fails on a link that leads to itself, before anybody could say what is wrong
    title = Path(os.path.abspath(config.folder)).name or "Video labels"  # noqa: PTH100
    return {
        "vibekit.yaml": init_texts.SETTINGS,
        **{f"attributes/{name}{SUFFIX}": _text(path) for name, path in chosen.items()},
        f"attributes/{SCHEMA_FILE}": schema_text(),
        **{f"prompts/{path.name}": _text(path) for path in prompts},
        "Makefile": init_texts.MAKEFILE.format(attributes=" ".join(first)),
        ".github/workflows/vibekit.yml": init_texts.WORKFLOW.format(
            version=__version__, flags=" ".join(f"-a {name}" for name in first)
        ),
        ".gitignore": init_texts.GITIGNORE,
        "README.md": init_texts.README.format(title=title.encode("utf-8", "replace").decode(), first=first[0]),
    }


def _chosen(names: tuple[str, ...]) -> dict[str, Path]:
    ready = {path.stem: path for path in sorted(shipped_dir("attributes").glob(f"*{SUFFIX}"))}
    for name in names:
        if name not in ready:
            hint = f"{did_you_mean(name, ready)} ready-made are: {', '.join(ready)}".strip()
            raise InputError(f"no ready-made attribute '{name}'", item=name, hint=hint)
    return {name: ready[name] for name in names} if names else ready


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _put(path: Path, text: str, *, force: bool) -> str:
    try:
        there = path.exists() or path.is_symlink()
        if there and path.is_file() and path.read_bytes() == text.encode():
            return "unchanged"
        if there and not (force and path.is_file()):
            return "kept"
        write_text(path, text)
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror or exc}", path=path) from exc
    return "replaced" if there else "written"
