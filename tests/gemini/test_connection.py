import pytest

from vibekit.errors import SetupError
from vibekit.gemini.connection import Access, Connection, resolve

VARIABLES = [
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_VERTEX_BASE_URL",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_LOCATION",
]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_a_missing_key_says_what_to_type() -> None:
    with pytest.raises(SetupError, match="no Gemini API key") as caught:
        resolve(Connection())
    assert "export GEMINI_API_KEY=" in caught.value.hint


def test_google_api_key_wins_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "second")
    monkeypatch.setenv("GOOGLE_API_KEY", " first\n")
    access = resolve(Connection())
    assert access.key == "first"
    assert "first" not in repr(access)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "tab\tkey"])
def test_a_key_that_cannot_be_sent_is_refused_unseen(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", key)
    with pytest.raises(SetupError, match="GEMINI_API_KEY holds characters") as caught:
        resolve(Connection())
    assert key not in str(caught.value)


def test_addresses_come_from_settings_then_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "http://127.0.0.1:2")
    assert resolve(Connection()).base_url == "http://127.0.0.1:1"
    assert resolve(Connection(vertex=True)).base_url == "http://127.0.0.1:2"
    assert resolve(Connection(base_url="https://own")).base_url == "https://own"
    with pytest.raises(SetupError, match="base URL"):
        resolve(Connection(base_url="own:80"))


def test_vertex_takes_a_project_or_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SetupError, match="needs a project or a key"):
        resolve(Connection(vertex=True))
    monkeypatch.setenv("GOOGLE_API_KEY", "k")
    assert resolve(Connection(vertex=True)) == Access(vertex=True, key="k")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    assert resolve(Connection(vertex=True)) == Access(vertex=True, key=None, project="p", location="global")
    assert resolve(Connection(vertex=True, project="q", location="europe-west4")).project == "q"
