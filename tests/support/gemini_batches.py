"""The Batch API of the loopback server, with what can go wrong in it."""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from support.gemini_answers import message_text, reply, request_id
from support.gemini_files import FileStore

OPEN = ("BATCH_STATE_PENDING", "BATCH_STATE_RUNNING")
RPC_MESSAGES = {3: "Request contains an invalid argument.", 8: "Resource exhausted.", 13: "Internal error encountered."}


@dataclass
class BatchStore:
    """Jobs by name; change any field while the server runs.

    Attributes:
        polls: Looks at a job before it ends.
        finals: How the next jobs end, in order: SUCCEEDED (also when there is no word left), FAILED, EXPIRED,
            CANCELLED, or STUCK, which only ends when it is cancelled.
        partial: Of a job that expires or is cancelled: the share of lines that is answered; None leaves no results.
        shuffle: Answers come back in another order.
        drop: Share of the lines that is missing from the results.
        fail: Share of the lines that holds an error.
        fail_code: That error, as gRPC counts.
        swap: Share of the lines whose answer stands under the key of another line.
        duplicate: Share of the lines that comes twice.
        unknown: Lines under keys that nobody asked for, added to every job.
        cut: The last line of the results is cut in its middle.
        faults: Kind of bad answer -> share of the lines.
        lose_replies: Creates that are done, but whose reply is lost.
        refuse: Kinds of errors for the next creates; ``ok`` for none.
        hide: Lists that do not show any job.
        page_size: Jobs on one page of the list.
    """

    polls: int = 1
    finals: list[str] = field(default_factory=list)
    partial: float | None = None
    shuffle: bool = True
    drop: float = 0.0
    fail: float = 0.0
    fail_code: int = 13
    swap: float = 0.0
    duplicate: float = 0.0
    unknown: int = 0
    cut: bool = False
    faults: dict[str, float] = field(default_factory=dict)
    lose_replies: int = 0
    refuse: list[str] = field(default_factory=list)
    hide: int = 0
    page_size: int = 100
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def create(self, model: str, body: dict[str, Any], files: FileStore) -> dict[str, Any] | None:
        """Make a job of an uploaded file; None when there is no such file."""
        batch = body["batch"]
        source = files.files.get(batch["inputConfig"].get("fileName", ""))
        if source is None:
            return None
        with self.lock:
            name = f"batches/b{len(self.jobs):04}"
            lines = [json.loads(line) for line in source["data"].decode().splitlines()]
            self.jobs[name] = {
                "name": name,
                "model": f"models/{model}",
                "display": batch.get("displayName", ""),
                "state": "BATCH_STATE_PENDING",
                "lines": lines,
                "left": self.polls,
                "final": self.finals.pop(0) if self.finals else "SUCCEEDED",
                "ok": 0,
                "bad": 0,
                "results": "",
                "error": None,
            }
        return self.shown(self.jobs[name])

    def look(self, job: dict[str, Any], world: World) -> dict[str, Any]:
        """Bring a job one look further."""
        with self.lock:
            if job["state"] in OPEN:
                job["left"] -= 1
                job["state"] = "BATCH_STATE_RUNNING"
                if job["left"] < 0 and job["final"] != "STUCK":
                    self._end(job, job["final"], world)
            return self.shown(job)

    def cancel(self, job: dict[str, Any], world: World) -> None:
        with self.lock:
            if job["state"] in OPEN:
                self._end(job, "CANCELLED", world)

    def page(self, token: str) -> dict[str, Any]:
        """Return one page of the list, newest first."""
        with self.lock:
            if self.hide > 0:
                self.hide -= 1
                return {}
            names = sorted(self.jobs, reverse=True)
            at = int(token or 0)
            shown = {"operations": [self.shown(self.jobs[n]) for n in names[at : at + self.page_size]]}
            return {**shown, "nextPageToken": str(at + self.page_size)} if names[at + self.page_size :] else shown

    def shown(self, job: dict[str, Any]) -> dict[str, Any]:
        total = len(job["lines"])
        stats = {"requestCount": str(total), "pendingRequestCount": str(total - job["ok"] - job["bad"])}
        stats |= {"successfulRequestCount": str(job["ok"]), "failedRequestCount": str(job["bad"])}
        metadata: dict[str, Any] = {
            "name": job["name"], "model": job["model"], "displayName": job["display"], "state": job["state"],
            "createTime": "2026-11-21T10:00:00Z", "batchStats": stats,
        }  # fmt: skip
        out: dict[str, Any] = {"name": job["name"], "metadata": metadata}
        if job["results"]:
            metadata["output"] = {"responsesFile": job["results"]}
            out |= {"done": True, "response": {"responsesFile": job["results"]}}
        if job["error"]:
            out |= {"done": True, "error": job["error"]}
        return out

    def _end(self, job: dict[str, Any], final: str, world: World) -> None:
        job["state"] = f"BATCH_STATE_{final}"
        if final == "FAILED":
            job["error"] = {"code": 13, "message": "Batch job failed: internal error."}
            return
        lines = job["lines"]
        if final != "SUCCEEDED":
            if self.partial is None:
                return
            lines = lines[: round(len(lines) * self.partial)]
        out = self._swapped([self._answer(line, job, world) for line in lines], job)
        out = [row for row in out if not self._draw(self.drop, "drop", row["key"], job)]
        out += [row for row in out if self._draw(self.duplicate, "duplicate", row["key"], job)]
        out += [{"key": f"nobody-{n}", "response": out[0].get("response", {})} for n in range(self.unknown) if out]
        if self.shuffle:
            random.Random(job["name"]).shuffle(out)
        data = "".join(json.dumps(row) + "\n" for row in out).encode()
        job["results"] = f"files/batch-{job['name'].removeprefix('batches/')}"
        world.files.add_file(job["results"], data[:-20] if self.cut else data, mime="application/jsonl")

    def _answer(self, line: dict[str, Any], job: dict[str, Any], world: World) -> dict[str, Any]:
        body, key = line["request"], line["key"]
        if self._draw(self.fail, "fail", key, job):
            job["bad"] += 1
            said = RPC_MESSAGES.get(self.fail_code, "An error.")
            return {"key": key, "error": {"code": self.fail_code, "message": said}}
        job["ok"] += 1
        fault = next((kind for kind, share in self.faults.items() if self._draw(share, kind, key, job)), "ok")
        text = message_text(body)
        world.pay(body, request_id(text))
        return {"key": key, "response": reply(body, text, labels=world.labels, fault=fault)}

    def _swapped(self, out: list[dict[str, Any]], job: dict[str, Any]) -> list[dict[str, Any]]:
        chosen = [
            n for n, row in enumerate(out) if "response" in row and self._draw(self.swap, "swap", row["key"], job)
        ]
        said = [out[n]["response"] for n in chosen]
        for n, response in zip(chosen, said[1:] + said[:1], strict=True):
            out[n] = {**out[n], "response": response}
        return out

    def _draw(self, share: float, what: str, key: str, job: dict[str, Any]) -> bool:
        digest = hashlib.sha256(f"{what}{key}{job['name']}".encode()).hexdigest()
        return int(digest[:8], 16) / 2**32 < share


@dataclass
class World:
    """What the jobs of a server share with its direct calls."""

    labels: dict[str, dict[str, Any]]
    files: FileStore
    paid: dict[str, int]

    def pay(self, body: dict[str, Any], asked: str) -> None:
        """Count an answer; further tries of a question differ in the thousands of their seed."""
        seed = int(body.get("generationConfig", {}).get("seed") or 0)
        name = f"{asked}/{seed % 1000}"
        self.paid[name] = self.paid.get(name, 0) + 1


def job_name(path: str) -> str:
    """Return the job that a path names; empty when it names none."""
    match = re.search(r"/(batches/[\w-]+)(:cancel)?$", path.partition("?")[0])
    return match.group(1) if match else ""
