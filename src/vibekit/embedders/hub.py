"""Models of the Hugging Face hub: what is installed, which weights they are, and what a failure to load means."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.errors import InputError, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

WEIGHTS = "*.safetensors"
"""The only weights that are loaded: reading them executes nothing."""
_FILES = frozenset({".safetensors", ".json", ".txt", ".model"})
_PIECE = 1 << 20


def check_installed(*packages: str, extra: str) -> None:
    """Make sure that packages are there, without importing them.

    Raises:
        SetupError: One is missing.
    """
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise SetupError(
            f"embedder '{extra}' needs {' and '.join(missing)}", hint=f"type: pip install 'vibekit[{extra}]'"
        )


def model_name(model: str) -> str:
    """Return the name or folder of a model as its library takes it.

    Raises:
        InputError: It is written as a folder, and there is none with weights.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not any(folder.rglob(WEIGHTS)):
            raise InputError(
                "no weights in it: no file ends in .safetensors", path=folder, hint="see docs/embedders.md"
            )
        return str(folder)
    if model.startswith((".", "/", "~")) or os.sep + os.sep in model:
        raise InputError("no such folder", path=folder, hint="give the name of a model on the hub, or its folder")
    return model


def identity(model: str, *, commit: str) -> dict[str, str]:
    """Return what tells this model from any other: its name and commit on the hub, or a hash over a folder's files.

    Args:
        model: From ``model_name``.
        commit: As the library found it, for a model of the hub.

    Raises:
        SetupError: The library does not say which commit it loaded: vectors could be mixed up with those of another.
    """
    folder = Path(model)
    if not folder.is_dir():
        if not commit:
            hint = f"type: hf download {model} --local-dir DIR; then give it: --model DIR"
            raise SetupError(f"which version of '{model}' was loaded cannot be said", hint=hint)
        return {"model": model, "commit": commit}
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _FILES and p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
    return {"files": digest.hexdigest()}


@contextmanager
def loading(model: str) -> Iterator[None]:
    """Say what to do when a model cannot be loaded.

    Raises:
        SetupError: It cannot be had, or has no weights in safetensors.
        InputError: It is no model of the kind that is needed.
    """
    try:
        yield
    except OSError as error:
        said = str(error).strip().splitlines()
        raise SetupError(
            f"the model '{model}' cannot be loaded: {said[0] if said else type(error).__name__}",
            hint=f"where there is a network, type: hf download {model} --local-dir DIR; then give it: --model DIR",
        ) from error
    except (ValueError, KeyError, ImportError) as error:
        said = str(error).strip().splitlines()
        raise InputError(
            f"'{model}' is not a model that can be used here: {said[0] if said else type(error).__name__}",
            hint="see docs/embedders.md for which models fit",
        ) from error
