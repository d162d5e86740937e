from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vibekit.stages.checks import Check, Level
from vibekit.stages.doctor import DoctorConfig, DoctorReport, doctor

KEY = "test-key-never-shown"


class _Models(BaseHTTPRequestHandler):
    """Knows one model and one key."""

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/models/")[2].partition("?")[0]
        if self.headers.get("x-goog-api-key") != KEY:
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
            self._send(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "", "details": details}})
        elif name == "gemini-3.8-flash":
            self._send(200, {"name": f"models/{name}", "displayName": "Flash"})
        else:
            self._send(404, {"error": {"code": 404, "status": "NOT_FOUND", "message": "no such model"}})

    def _send(self, code: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Models)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def check(report: DoctorReport, name: str) -> Check:
    return next(c for c in report.checks if c.name == name)


def test_a_working_machine_without_a_key_is_ready_with_a_warning() -> None:
    report = doctor(DoctorConfig())
    assert report.ready
    levels = {c.name: c.level for c in report.checks}
    assert levels.pop("key") is Level.WARN
    assert set(levels.values()) <= {Level.OK, Level.WARN}
    for name in ("python", "packages", "decoder", "attributes", "disk"):
        assert levels[name] is Level.OK
    assert "2 frames" in check(report, "decoder").found
    assert "numpy" in check(report, "packages").found
    assert "export GEMINI_API_KEY" in check(report, "key").mend


def test_every_complaint_says_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "vibekit.yaml").write_text("annotate:\n  frame: 3\n", "utf-8")
    (tmp_path / "attributes").mkdir()
    (tmp_path / "attributes" / "odd.yaml").write_text("name: odd\n", "utf-8")
    report = doctor(DoctorConfig(online=True))
    assert not report.ready
    assert all(c.mend for c in report.checks if c.level is not Level.OK)
    assert "vibekit.yaml:2" in check(report, "settings").found
    assert "odd.yaml" in check(report, "attributes").found
    assert check(report, "key").level is Level.FAIL


def test_a_folder_that_cannot_be_written() -> None:
    found = check(doctor(DoctorConfig(folder=Path("/proc/nothing/here"))), "disk")
    assert found.level is Level.FAIL
    assert found.mend


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert check(doctor(DoctorConfig(folder=tmp_path / "a" / "b")), "disk").level is Level.OK


def test_a_stray_variable_is_told_of_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIBEKIT_FRAME", "valuevalue")
    found = check(doctor(DoctorConfig()), "settings")
    assert found.level is Level.WARN
    assert found.mend == "unset VIBEKIT_FRAME"
    assert "valuevalue" not in found.found


@pytest.mark.parametrize(
    ("key", "model", "level", "said"),
    [
        (KEY, None, Level.OK, "Flash"),
        (KEY, "gemini-0", Level.FAIL, "gemini-0"),
        ("another-key-never-shown", None, Level.FAIL, "key"),
    ],
)
def test_online(
    service: str, monkeypatch: pytest.MonkeyPatch, key: str, model: str | None, level: Level, said: str
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", key)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", service)
    report = doctor(DoctorConfig(online=True, model=model))
    assert check(report, "service").level is level
    assert said in check(report, "service").found
    assert check(report, "address").found == service
    assert key not in json.dumps(asdict(report))


def test_a_service_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    report = doctor(DoctorConfig(online=True))
    assert check(report, "service").level is Level.FAIL
    assert not report.ready


def test_a_password_in_the_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://user:hunter2@proxy.example/v?token=abc")
    report = doctor(DoctorConfig())
    assert check(report, "address").found == "https://proxy.example/v"
    assert "hunter2" not in json.dumps(asdict(report))


def test_an_annotator_that_is_none_is_told_of() -> None:
    found = check(doctor(DoctorConfig(annotator="opena")), "settings")
    assert found.level is Level.FAIL
    assert "did you mean 'openai'?" in found.mend
