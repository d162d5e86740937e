"""What is looked at before training: enough positives, and a folder that does not hold another student."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vibekit.core.fingerprint import fingerprint
from vibekit.errors import InputError
from vibekit.formats.dataclass_row import to_row
from vibekit.formats.student import STUDENT_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.options import DistillConfig
    from vibekit.stages.distill.silver import SilverSet
    from vibekit.student.settings import Settings

FEWEST = 2
"""Videos of either label that anything can be learnt from."""
METRICS_FILE = "metrics.json"


def check_counts(data: Data, settings: Settings, silver: SilverSet, *, cv: int) -> tuple[str, ...]:
    """Refuse an attribute without two videos of either label; say which ones have few.

    Raises:
        InputError: There are fewer than two.
    """
    found = []
    path = silver.sources[0].path
    for target in data.targets:
        counts = target.counts()
        shown = ", ".join(f"{n} {label}" for label, n in counts.items())
        second = sorted(counts.values())[-2] if len(counts) > 1 else 0
        if second < FEWEST:
            raise InputError(
                f"'{target.name}' has {shown}: nothing can be learnt from fewer than {FEWEST} of either", path=path,
                item=target.name,
                hint="annotate more videos, or leave it out: name the others with --attribute",
            )  # fmt: skip
        # as the heads are chosen: by what trains, or by all videos of all folds
        rarest = target.rarest(None if cv else data.parts.train)
        if rarest < settings.min_positives:
            held = target.rarest()
            few = "" if rarest == held else f"{rarest} of them to train on, "
            what = "positives" if target.is_binary else "videos of its second label"
            found.append(
                f"'{target.name}' has {held} {what}, {few}fewer than {settings.min_positives}: it gets the linear "
                "head, and its numbers are uncertain"
            )
    return tuple(found)


def data_recipe(config: DistillConfig, settings: Settings, data: Data) -> str:
    """Return the fingerprint over everything that can change the weights or a threshold."""
    digest = hashlib.sha256()
    for name in data.ids:
        digest.update(name.encode("utf-8", "surrogatepass") + b"\0")
    digest.update(data.x.data)
    digest.update(data.group.data)
    for target in data.targets:
        digest.update(target.name.encode() + repr(target.labels).encode())
        digest.update(target.chance.tobytes() + target.weight.tobytes())
    if data.golden is not None:
        digest.update(data.golden.tune.tobytes() + data.golden.test.tobytes())
        for name in sorted(data.golden.label):
            digest.update(name.encode() + data.golden.label[name].tobytes())
    options = replace(config.options, curve=True, ablation=True, draws=1000, cpu_hour=0.0)
    before = ""
    if config.start is not None:
        before = hashlib.sha256((config.start / STUDENT_FILE).read_bytes()).hexdigest()
    return fingerprint(
        {"data": digest.hexdigest(), "settings": to_row(settings), "options": to_row(options), "from": before}
    )


def refuse_other(folder: Path, recipe: str) -> None:
    """Raise when a folder holds a student that was made of something else.

    Raises:
        InputError: It does.
    """
    if not (folder / STUDENT_FILE).is_file():
        return
    if _recipe(folder / METRICS_FILE) != recipe:
        raise InputError(
            "holds a student that was made of other data or settings", path=folder,
            hint="choose another --out, or replace it with --force",
        )  # fmt: skip


def _recipe(path: Path) -> str:
    try:
        row: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(row.get("recipe", "")) if isinstance(row, dict) else ""
