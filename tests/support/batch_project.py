"""A folder of clips whose labels are scripted, for commands that use the Batch API of the loopback server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.gemini_server import GeminiServer
from vibekit.stages.annotate import AnnotateConfig, AnnotateReport, annotate
from vibekit.stages.annotate.options import AnnotateOptions, AnnotateRequest, to_config

KEY = "a-secret-key-of-the-user"


class BatchProject:
    """Clips with titles, and commands about them.

    Attributes:
        folder: Where it lies; commands run in it.
        server: Answers; its ``batches`` has the knobs.
        script: Name of a clip -> its label for ``calming``.
    """

    def __init__(self, folder: Path, clip: Path, server: GeminiServer, *, clips: int) -> None:
        self.folder, self.server = folder, server
        (folder / "clips").mkdir()
        self.script: dict[str, bool] = {}
        rows = ["file,title"]
        for n in range(clips):
            name, title = f"c{n:03}.mp4", f"Title number {n:03} of many"
            # bytes behind the last box are ignored by players, and make another video of it
            tail = b"\x00\x00\x00\x0cfree" + n.to_bytes(4, "big")
            (folder / "clips" / name).write_bytes(clip.read_bytes() + tail)
            rows.append(f"{name},{title}")
            self.script[name] = n % 3 != 0
            server.labels[title] = {"calming": self.script[name], "energetic": not self.script[name]}
        (folder / "clips.csv").write_text("\n".join(rows) + "\n")

    @property
    def out(self) -> Path:
        return self.folder / "run"

    def config(
        self,
        *,
        videos: bool = True,
        attributes: tuple[str, ...] = ("calming",),
        request: Mapping[str, Any] | None = None,
        **options: Any,  # noqa: ANN401 - of AnnotateOptions
    ) -> AnnotateConfig:
        """Return a command; ``request`` holds fields of ``AnnotateRequest``, the rest are options."""
        named = AnnotateRequest(
            sources=(str(self.folder / "clips"),) if videos else (),
            attributes=attributes if videos else (),
            out=self.out,
            metadata=(self.folder / "clips.csv",) if videos else (),
            batch=True,
        )
        chosen = AnnotateOptions(**{"workers": 1, "base_url": self.server.url, "batch_requests": 4, **options})
        return to_config(replace(named, **(request or {})), chosen)

    def run(self, **how: Any) -> AnnotateReport:  # noqa: ANN401 - of config()
        """Run a command in this process."""
        return annotate(self.config(**how))

    def command(self, *words: str, videos: bool = True) -> list[str]:
        """Return a command line."""
        named = ["clips", "-a", "calming", "--metadata", "clips.csv", "--workers", "1"] if videos else []
        return [sys.executable, "-m", "vibekit", "annotate", *named, "--out", "run", *words]

    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_", "GEMINI_"))}
        return {**kept, "GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": self.server.url}

    def shell(self, *words: str, videos: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as a process."""
        return subprocess.run(
            self.command(*words, videos=videos),
            cwd=self.folder,
            env=self.env(),
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / "annotations.jsonl").read_text().splitlines()]

    def current(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return (name, attribute) -> its last line."""
        return {(Path(line["path"]).name, line["attribute"]): line for line in self.lines()}

    def events(self, kind: str) -> list[dict[str, Any]]:
        rows = [json.loads(line) for line in (self.out / "batches.jsonl").read_text().splitlines()]
        return [row for row in rows if row["event"] == kind]

    def wrong(self) -> list[dict[str, Any]]:
        """Return every line with a label that is not the scripted one."""
        said = [line for line in self.lines() if line["label"] is not None]
        return [x for x in said if x["label"] != (self.script[Path(x["path"]).name] ^ (x["attribute"] == "energetic"))]

    def labelled(self) -> int:
        return sum(line["label"] is not None for line in self.current().values())

    def actions(self, kind: str) -> int:
        return sum(entry["action"] == kind for entry in self.server.log)
