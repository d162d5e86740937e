import pytest

from vibekit.formats.secrets import LONGEST_LINE, looks_secret, one_line

KEY = "a-key-that-is-never-shown"


@pytest.mark.parametrize("value", [{"api_key": 1}, {"a": [{"x-token": ""}]}, ["sk-" + "a" * 24], "hf_" + "a" * 24])
def test_what_looks_like_a_secret_is_seen_at_any_depth(value: object) -> None:
    assert looks_secret(value)


@pytest.mark.parametrize("value", [{"top_k": 5}, {"stop_token_ids": [1]}, {"a": {"max_tokens": 3}}, "plain", 7, None])
def test_other_values_are_none(value: object) -> None:
    assert not looks_secret(value)


def test_a_line_is_short_and_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another-key-in-the-environment")
    said = one_line(f"bad\n{KEY} and another-key-in-the-environment \ud800" + "x" * 1000, key=KEY)
    assert said.startswith("bad [key] and [OPENAI_API_KEY] ?")
    assert len(said) == LONGEST_LINE
