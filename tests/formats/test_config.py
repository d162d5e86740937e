from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from vibekit.errors import InputError
from vibekit.formats.config import load_settings, read_config, unknown_variables


class Mode(StrEnum):
    FAST = "fast"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    frames: int = 16
    near: float = 0.5
    audio: bool = True
    model: str = "m"
    thinking: Literal["low", "high"] | None = None
    mode: Mode = Mode.FAST
    prompt: Path | None = None
    names: tuple[str, ...] = ()


def load(
    text: str | None = None,
    *,
    tmp_path: Path,
    env: dict[str, str] | None = None,
    flags: dict[str, object] | None = None,
) -> Options:
    config = None
    if text is not None:
        config = tmp_path / "vibekit.yaml"
        config.write_text(text, "utf-8")
    return load_settings("annotate", Options(), flags=flags or {}, env=env or {}, config=config)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_layer_overrules_the_one_before(tmp_path: Path) -> None:
    text = "annotate:\n  frames: 1\n  near: 0.1\n  model: file\n"
    env = {"VIBEKIT_NEAR": "0.2", "VIBEKIT_MODEL": "env"}
    found = load(text, tmp_path=tmp_path, env=env, flags={"model": "flag", "audio": None})
    assert found == Options(frames=1, near=0.2, model="flag")


def test_a_flag_of_false_is_given(tmp_path: Path) -> None:
    assert load(tmp_path=tmp_path, env={"VIBEKIT_AUDIO": "true"}, flags={"audio": False}).audio is False


def test_every_type_from_the_file(tmp_path: Path) -> None:
    text = (
        "annotate:\n  frames: 3\n  near: 1\n  audio: false\n  thinking: high\n  mode: exact\n  prompt: p.md\n"
        "  names: [a, b]\n"
    )
    assert load(text, tmp_path=tmp_path) == Options(
        frames=3, near=1.0, audio=False, thinking="high", mode=Mode.EXACT, prompt=tmp_path / "p.md", names=("a", "b")
    )


def test_every_type_from_variables(tmp_path: Path) -> None:
    env = {
        "VIBEKIT_FRAMES": " 3 ", "VIBEKIT_NEAR": "1e-1", "VIBEKIT_AUDIO": "No", "VIBEKIT_THINKING": "low",
        "VIBEKIT_MODE": "exact", "VIBEKIT_PROMPT": "p.md", "VIBEKIT_NAMES": "a, b", "VIBEKIT_MODEL": "",
    }  # fmt: skip
    assert load(tmp_path=tmp_path, env=env) == Options(
        frames=3, near=0.1, audio=False, thinking="low", mode=Mode.EXACT, prompt=Path("p.md"), names=("a", "b")
    )


def test_null_is_a_value_where_it_is_allowed(tmp_path: Path) -> None:
    assert load("annotate:\n  thinking: null\n", tmp_path=tmp_path).thinking is None
    with pytest.raises(InputError, match=r"vibekit\.yaml:2: .*frames"):
        load("annotate:\n  frames: null\n", tmp_path=tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        ("annotate:\n  frame: 3\n", 2, "unknown key 'frame'", "did you mean 'frames'?"),
        ("anotate:\n  frames: 3\n", 1, "unknown key 'anotate'", "did you mean 'annotate'?"),
        ("annotate:\n  model: m\n  frames: many\n", 3, "expected a whole number", ""),
        ("annotate:\n  audio: yes\n", 2, "expected true or false", ""),
        ("annotate:\n  thinking: hgh\n", 2, "'hgh' is not one of low, high", "did you mean 'high'?"),
        ("annotate:\n  frames: 1\n  frames: 2\n", 3, "duplicate key", ""),
    ],
)
def test_a_wrong_file_names_the_line(tmp_path: Path, text: str, line: int, said: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        load(text, tmp_path=tmp_path)
    assert caught.value.message.startswith(f"{tmp_path / 'vibekit.yaml'}:{line}: ")
    assert said in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [("FRAMES", "many"), ("NEAR", "nan"), ("AUDIO", "perhaps"), ("THINKING", "hgh"), ("FRAMES", "1.5")],
)
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InputError, match=f"^VIBEKIT_{name}: .*{value}"):
        load(tmp_path=tmp_path, env={f"VIBEKIT_{name}": value})


def test_a_wrong_flag_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^--thinking: 'hgh' is not one of low, high"):
        load(tmp_path=tmp_path, flags={"thinking": "hgh"})
    assert load(tmp_path=tmp_path, flags={"near": 1}).near == 1.0


KEY = "AIza" + "x" * 35


@pytest.mark.parametrize(
    "text",
    [
        "annotate:\n  api_key: abc\n",
        "gemini_api_key: abc\n",
        "annotate:\n  token: abc\n",
        f"annotate:\n  model: {KEY}\n",
        f"annotate:\n  frames: {KEY}\n",
        f"annotate:\n  names: [a, {KEY}]\n",
    ],
)
def test_a_secret_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="looks like a secret") as caught:
        load(text, tmp_path=tmp_path)
    assert "export GEMINI_API_KEY" in caught.value.hint
    assert KEY not in caught.value.message + caught.value.hint
    assert "abc" not in caught.value.message.removeprefix(str(tmp_path))


def test_max_output_tokens_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "vibekit.yaml").write_text("annotate:\n  max_output_tokens: 5\n", "utf-8")
    assert read_config() is not None


def test_the_file_of_the_working_folder_is_found(tmp_path: Path) -> None:
    assert load(tmp_path=tmp_path) == Options()
    (tmp_path / "vibekit.yaml").write_text("annotate:\n  frames: 9\n  prompt: p.md\n", "utf-8")
    assert load(tmp_path=tmp_path) == Options(frames=9, prompt=Path("p.md"))


def test_a_named_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_settings("annotate", Options(), flags={}, env={}, config=tmp_path / "none.yaml")


def test_an_empty_section_changes_nothing(tmp_path: Path) -> None:
    assert load("annotate:\n", tmp_path=tmp_path) == Options()


def test_variables_that_nothing_reads() -> None:
    env = {"VIBEKIT_FRAME": "secret", "VIBEKIT_FRAMES": "3", "VIBEKIT_BENCH_DATA": "x", "HOME": "y"}
    warnings = unknown_variables(env, ["frames"])
    assert warnings == ("VIBEKIT_FRAME is set, but nothing reads it. did you mean 'VIBEKIT_FRAMES'?",)
