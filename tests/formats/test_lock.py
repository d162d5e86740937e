"""A run has one writer, and a dead writer holds nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vibekit.errors import InputError
from vibekit.formats.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from vibekit.formats.lock import locked
with locked(Path(sys.argv[1]), holder=lambda: ""):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_is_told_who_holds_it_and_a_killed_holder_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        taken = pytest.raises(InputError, match=r"in use by another process \(process 7\)")
        with taken, locked(path, holder=lambda: "process 7"):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    with locked(path, holder=lambda: ""):
        pass
