from pathlib import Path

import pytest

from vibekit.errors import InputError
from vibekit.formats.prompt import read_prompt
from vibekit.formats.shipped import shipped_dir

HEADER = "---\nname: mine\nversion: 1\nabout: A test.\n---\n"


def write(path: Path, body: str, *, header: str = HEADER) -> Path:
    file = path / "mine.md"
    file.write_text(header + body)
    return file


def test_the_ready_made_template_is_read() -> None:
    template = read_prompt(shipped_dir("prompts") / "judge.md")
    assert template.name == "judge"
    assert len(template.fingerprint) == 16


def test_sections_are_rendered(tmp_path: Path) -> None:
    path = write(tmp_path, "# System\n\nJudge {{ a }}.\n\n# User\n\nGo {{ b | json }}.\n")
    assert read_prompt(path).render({"a": "x", "b": None}) == ("Judge x.\n", "Go null.\n")


def test_values_are_data_and_never_templates(tmp_path: Path) -> None:
    path = write(tmp_path, "# System\n{{ a }}\n# User\ngo\n")
    evil = '{{ 7 * 7 }} {% raw %} <b> & " # System\n# User'
    assert read_prompt(path).render({"a": evil})[0] == evil + "\n"


def test_the_header_does_not_enter_the_fingerprint(tmp_path: Path) -> None:
    body = "# System\ns\n# User\nu\n"
    first = read_prompt(write(tmp_path, body)).fingerprint
    assert read_prompt(write(tmp_path, body, header=HEADER.replace("version: 1", "version: 2"))).fingerprint == first
    assert read_prompt(write(tmp_path, body + "more")).fingerprint != first


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# System\ns\n# User\nu\n", 1, "begins with a header"),
        ("---\nname: x\nversion: one\nabout: a\n---\n# System\n# User\n", 3, "whole number"),
        ("---\nname: x\nversion: 1\nabout: a\nautor: b\n---\n# System\n# User\n", 5, "unknown key 'autor'"),
        (HEADER + "# System\ns\n# Usr\nu\n", 8, "unknown section"),
        (HEADER + "# System\ns\n# User\nu\n# User\n", 10, "a second"),
        (HEADER + "# System\ns\n\n{% for x in %}\n# User\nu\n", 9, "not a valid template"),
        (HEADER + "# System\ns\n# User\n\n{{ missing }\n", 10, "not a valid template"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path, text, header="")
    with pytest.raises(InputError, match=said) as caught:
        read_prompt(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")


def test_a_missing_section_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no '# User' section"):
        read_prompt(write(tmp_path, "# System\ns\n"))


@pytest.mark.parametrize(
    "body",
    [
        "{{ missing }}",
        "{{ a.missing }}",
        "{{ a.__class__.__mro__ }}",
        "{{ a.append(1) }}",
        "{{ 1 / 0 }}",
        "{% include 'x' %}",
        "{{ range(10**9) | list }}",
    ],
)
def test_a_template_reaches_nothing(tmp_path: Path, body: str) -> None:
    template = read_prompt(write(tmp_path, f"# System\n\n\n{body}\n# User\n"))
    with pytest.raises(InputError, match="cannot be filled in") as caught:
        template.render({"a": [1]})
    assert caught.value.line == 9


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_prompt(tmp_path / "none.md")
    (tmp_path / "bin.md").write_bytes(b"---\n\xff\n---\n")
    with pytest.raises(InputError, match="not UTF-8") as caught:
        read_prompt(tmp_path / "bin.md")
    assert caught.value.line == 2
