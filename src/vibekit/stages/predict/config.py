"""What ``vibekit predict`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ROWS_AT_ONCE = 65_536
"""Rows that a stage gets in one call, and a row group of the labels has."""


class Engine(StrEnum):
    """What runs the parts."""

    LOCAL = "local"
    RAY = "ray"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictConfig:
    """One prediction.

    Attributes:
        student: A student's folder.
        embeddings: A folder of embeddings.
        out: The labels folder.
        runtime: numpy, onnx, onnx-int8, torch, or auto.
        threads: Of the arithmetic (of each worker, on Ray); 0 for all processors.
        engine: Runs the parts.
        ray_address: Of a running Ray cluster; empty to start one here for the time of the command.
        workers: Processes on Ray, each with ``threads`` processors; 0 for as many as fit.
        force: Overwrite labels of another student, or of other embeddings.
        argv: For the manifest.
    """

    student: Path
    embeddings: Path
    out: Path
    runtime: str = "auto"
    threads: int = 0
    engine: Engine = Engine.LOCAL
    ray_address: str = ""
    workers: int = 0
    force: bool = False
    argv: tuple[str, ...] = ()
