import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.errors import InputError
from vibekit.formats.address import check_address, shown_address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://user:hunter2@proxy.example/v?token=abc#x", "https://proxy.example/v"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("", ""),
    ],
)
def test_only_host_and_path_are_shown(url: str, shown: str) -> None:
    assert shown_address(url) == shown


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "https://h", "http://[::1]:8000/v1", None])
def test_an_address_is_taken(url: str | None) -> None:
    check_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "127.0.0.1:8000/v1",
        "ftp://h/v1",
        "http://",
        "http://h:port/v1",
        "http://h /v1",
        "http://[::1/v1",
        "http://u:hunter2@h/v1",
        "http://h/v1?key=hunter2",
        "http://h/v1#hunter2",
        "",
    ],
)
def test_anything_else_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError, match="--base-url") as caught:
        check_address(url)
    assert "http://" in caught.value.hint
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


@given(st.text() | st.text().map(lambda t: f"http://{t}"))
def test_any_text_is_taken_or_refused(url: str) -> None:
    shown_address(url)
    try:
        check_address(url)
    except InputError:
        return
    assert "@" not in url.partition("//")[2].partition("/")[0]
