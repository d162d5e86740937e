"""A precedent goes into the file that is there, and nothing else of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.definitions import good
from vibekit.core.attribute import Example
from vibekit.errors import InputError
from vibekit.formats.attribute import parse_attribute, read_attribute
from vibekit.formats.attribute_example import with_example

NEW = Example(video="0" * 32, label=False, why="The box was open before the first shot.")
OLD = "examples:\n  - video: clip1.mp4\n    label: true\n    why: Sealed.   # said the board\n"


@pytest.mark.parametrize(
    "text",
    [
        good(),
        good().replace("threshold: 0.5\n", ""),
        good() + "# the end\n",
        good().replace("owner:", "# who to ask\nowner:"),
        good().replace("owner:", f"{OLD}owner:"),
        good().replace("owner:", f"{OLD}\n# who to ask\nowner:"),
        good() + OLD.replace("\n  ", "\n      "),
        good() + OLD.replace("  - ", "- ").replace("    ", "  "),
        good() + "examples: []\n",
        good() + "examples: []  # none yet\n",
        good() + "examples: [ ]",
        (good() + OLD).replace("\n", "\r\n"),
        good().rstrip("\n"),
        "\ufeff" + good(),
    ],
)
def test_every_other_line_stays(tmp_path: Path, text: str) -> None:
    file = tmp_path / "unboxing.yaml"
    file.write_bytes(text.encode())
    before = read_attribute(file)
    edited = with_example(file, NEW, comment="clip7.mp4")
    file.write_bytes(edited.text.encode())
    after = read_attribute(file)
    assert after == edited.attribute
    assert after.examples == (*before.examples, NEW)
    assert "# clip7.mp4" in edited.text
    newline = "\r\n" if "\r\n" in text else "\n"
    rest = iter(edited.text.split(newline))
    kept = [line for line in text.split(newline) if line and not line.startswith("examples:")]
    assert all(line in rest for line in kept)
    again = with_example(file, Example(video="other", label=None, why="Unclear."))
    assert [e.video for e in again.attribute.examples][-2:] == [NEW.video, "other"]


@pytest.mark.parametrize(
    "examples",
    ["examples: [{video: a, label: true, why: b}]\n", "examples:\n  -\n    video: a\n    label: true\n    why: b\n"],
)
def test_what_cannot_be_added_to_safely_is_left_to_the_owner(tmp_path: Path, examples: str) -> None:
    file = tmp_path / "unboxing.yaml"
    file.write_text(good() + examples, "utf-8")
    with pytest.raises(InputError, match="cannot be added here") as caught:
        with_example(file, NEW)
    assert "by hand" in caught.value.hint
    assert NEW.why in caught.value.hint


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp", "Co")), min_size=1, max_size=120
)


@settings(max_examples=60, deadline=None)
@given(video=TEXTS, why=TEXTS, comment=st.text(max_size=20), label=st.sampled_from([True, False, None]))
def test_any_words_are_read_back_as_they_are_or_refused(
    tmp_path_factory: pytest.TempPathFactory, video: str, why: str, comment: str, label: bool | None
) -> None:
    file = tmp_path_factory.mktemp("d") / "unboxing.yaml"
    file.write_text(good() + OLD, "utf-8")
    example = Example(video=video, label=label, why=why)
    try:
        edited = with_example(file, example, comment=comment)
    except InputError:
        return
    assert parse_attribute(edited.text).examples[-1] == example
