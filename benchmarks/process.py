"""Runs a command and says what it used: wall time, CPU of the command and of its workers, peak memory.

Memory, and CPU apart for the first process, come from ``/proc`` and are None where there is none.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

EXPECTED = (0, 6)
"""Exit codes of a command that came to its end; what others said is shown."""
_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLE_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one command used.

    Attributes:
        exit_code: Negative for a signal.
        wall_s: From start to end of the whole command.
        cpu_s: User and system time of the command and all its children.
        main_cpu_s: Of this, the first process alone.
        peak_mb: Peak resident memory of the first process, MB.
        tree_peak_mb: Largest sum of resident memory over the command and its children, sampled; shared pages count
            once per process.
        stdout: What it wrote.
        stderr: What it wrote there.
    """

    exit_code: int
    wall_s: float
    cpu_s: float
    main_cpu_s: float | None
    peak_mb: float | None
    tree_peak_mb: float | None
    stdout: str
    stderr: str

    @property
    def workers_cpu_s(self) -> float | None:
        """CPU of the children."""
        return None if self.main_cpu_s is None else self.cpu_s - self.main_cpu_s


def run(command: list[str], *, env: dict[str, str], folder: Path) -> Used:
    """Run a command to its end.

    Args:
        command: The program and its words.
        env: Its environment.
        folder: An existing folder for what it writes to stdout and stderr.
    """
    out, err = folder / "stdout", folder / "stderr"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        started = time.monotonic()
        process = subprocess.Popen(command, env=env, stdout=to_out, stderr=to_err, stdin=subprocess.DEVNULL)
        memory = _Memory(process.pid)
        # left unreaped for a moment, so that its own share of the CPU time can still be read
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - started
        main_cpu = cpu_of(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    peak, tree = memory.stop()
    said, wrote = err.read_text("utf-8", "replace"), out.read_text("utf-8", "replace")
    if process.returncode not in EXPECTED:
        print(f"  exit code {process.returncode}: {(said or wrote).strip()[-300:]}", flush=True)
    return Used(
        exit_code=process.returncode,
        wall_s=wall,
        cpu_s=usage.ru_utime + usage.ru_stime,
        main_cpu_s=main_cpu,
        peak_mb=peak,
        tree_peak_mb=tree,
        stdout=wrote,
        stderr=said,
    )


class _Memory:
    """Samples resident memory of a process and its descendants until it is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kb = 0
        self._tree_kb = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float | None, float | None]:
        self._end.set()
        self._thread.join()
        if not self._peak_kb:
            return None, None
        return round(self._peak_kb / 1000, 1), round(self._tree_kb / 1000, 1)

    def _sample(self) -> None:
        while not self._end.wait(_SAMPLE_S):
            own = _status(self._pid)
            self._peak_kb = max(self._peak_kb, own.get("VmHWM", 0))
            tree = own.get("VmRSS", 0) + sum(_status(child).get("VmRSS", 0) for child in _descendants(self._pid))
            self._tree_kb = max(self._tree_kb, tree)


def cpu_of(pid: int) -> float | None:
    """Return user and system seconds of one process without its children; None when it cannot be read."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _status(pid: int) -> dict[str, int]:
    """Return the sizes in ``status``, in kB; nothing for a process that is gone."""
    try:
        rows = (_PROC / str(pid) / "status").read_text("utf-8").splitlines()
    except OSError:
        return {}
    return {name: int(rest.split()[0]) for name, _, rest in (row.partition(":") for row in rows) if rest.endswith("kB")}


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                found += [int(word) for word in (task / "children").read_text("utf-8").split()]
    return found + [below for child in found for below in _descendants(child)]
