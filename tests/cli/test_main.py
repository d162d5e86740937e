"""The command line as a whole: what help costs, what goes where, and which exit code means what."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vibekit.cli.main import run

HEAVY = ("numpy", "torch", "faiss", "google", "pydantic", "yaml", "rich", "pyarrow", "av", "jinja2", "openai", "httpx2")


def vibekit(*words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vibekit", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **env},
        check=False,
        timeout=120,
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom vibekit.cli.main import run\n"
        f"run(['--help'])\nprint([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for command in ("init", "demo", "doctor", "attributes", "annotate", "cache"):
        assert command in done.stdout


@pytest.mark.parametrize("command", ["init", "demo", "doctor", "attributes", "annotate", "cache"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = vibekit(command, "--help")
    assert done.returncode == 0
    assert f"vibekit {command}" in done.stdout.partition("Example")[2] or command in ("attributes", "cache")


def test_version() -> None:
    assert vibekit("--version").stdout.startswith("vibekit 0.")


@pytest.mark.parametrize(
    "words", [("nonsense",), ("annotate",), ("annotate", "x", "--nonsense"), ("annotate", "x", "--frames", "many")]
)
def test_a_wrong_command_line_is_2(words: tuple[str, ...]) -> None:
    done = vibekit(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_command_line_is_an_envelope_with_json() -> None:
    done = vibekit("annotate", "x", "--nonsense", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["errors"][0]["code"] == "usage"


def test_an_unknown_attribute_is_3_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    done = vibekit("annotate", ".", "-a", "calmin", "--annotator", "signals", cwd=tmp_path)
    assert done.returncode == 3
    assert "calmin" in done.stderr
    assert "did you mean 'calming'?" in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "a.mp4"]


def test_errors_are_an_envelope_with_json(tmp_path: Path) -> None:
    done = vibekit("annotate", str(tmp_path), "-a", "calming", "--annotator", "signals", "--json")
    assert done.returncode == 3
    said = json.loads(done.stdout)
    assert (said["command"], said["status"], said["exit_code"], said["data"]) == ("annotate", "error", 3, {})
    assert said["errors"][0]["code"] == "input"
    assert str(tmp_path) in said["errors"][0]["message"]


def shell(words: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    code = f"set -o pipefail; {words.replace('vibekit', f'{sys.executable} -m vibekit')}"
    return subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False, cwd=cwd, timeout=120)


@pytest.mark.parametrize("words", ["vibekit attributes list | head -n 1", "vibekit attributes list --json | true"])
def test_a_reader_that_goes_away_is_no_error(words: str) -> None:
    done = shell(words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", ">&-"])
def test_closed_streams_do_not_stop_the_work(closed: str, small_clips: Path, tmp_path: Path) -> None:
    job = f"vibekit annotate {small_clips} -a calming --annotator signals --limit 1 --out run {closed}"
    assert shell(job, cwd=tmp_path).returncode == 0
    assert (tmp_path / "run" / "annotations.parquet").exists()


def test_a_result_that_cannot_be_written_is_an_error() -> None:
    done = shell("vibekit attributes list --json >/dev/full")
    assert done.returncode == 3
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("out", ["/dev/null/run", "x" * 300])
def test_a_run_that_cannot_be_made_is_an_error_not_a_traceback(out: str, small_clips: Path, tmp_path: Path) -> None:
    done = vibekit("annotate", str(small_clips), "-a", "calming", "--annotator", "signals", "--out", out, cwd=tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_names_cannot_write_lines_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "x\n\x1b[31mfake: ok").mkdir()
    done = vibekit("annotate", "x\n\x1b[31mfake: ok", "-a", "calming", "--annotator", "signals", cwd=tmp_path)
    assert done.returncode == 3
    assert "\x1b" not in done.stderr
    assert "\nfake" not in done.stderr


def test_a_misspelt_variable_is_said(tmp_path: Path) -> None:
    done = vibekit("annotate", str(tmp_path), "-a", "calming", VIBEKIT_ANNOTATER="signals")
    assert "VIBEKIT_ANNOTATER is set, but nothing reads it" in done.stderr


def test_the_table_of_commands_says_what_the_commands_say() -> None:
    from vibekit.cli.table import COMMANDS, load

    for name, line in COMMANDS.items():
        assert (load(name).help or "").strip().splitlines()[0] == line


def test_a_ready_made_definition_can_be_copied_by_the_shell(tmp_path: Path) -> None:
    (tmp_path / "attributes").mkdir()
    done = shell("vibekit attributes show calming --yaml > attributes/calming.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert vibekit("attributes", "check", cwd=tmp_path).returncode == 0
    assert "name: calming" in (tmp_path / "attributes" / "calming.yaml").read_text()


@pytest.mark.parametrize("words", [("--json",), ()])
def test_ctrl_c_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    table = tmp_path / "endless.csv"
    os.mkfifo(table)
    reader = threading.get_ident()

    def press() -> None:
        # opens together with the command, which then waits for a first byte
        with table.open("w"):
            done.wait(0.2)
            signal.pthread_kill(reader, signal.SIGINT)
            done.wait(10)

    done = threading.Event()
    finger = threading.Thread(target=press)
    finger.start()
    try:
        code = run(["golden", "agreement", str(table), *words])
    finally:
        done.set()
        finger.join()
    said = capsys.readouterr()
    assert code == 130
    if words:
        envelope = json.loads(said.out)
        assert (envelope["exit_code"], envelope["errors"][0]["code"]) == (130, "interrupted")
    else:
        assert (said.out, said.err) == ("", "interrupted\n")
