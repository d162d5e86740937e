from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.concurrency.retry_after import retry_after_s

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Wed, 31 Dec 2025 00:01:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1e999", None),
    ],
)
def test_seconds_and_dates_are_read(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, now=NOW) == seconds


@given(st.text())
def test_anything_else_is_nothing(header: str) -> None:
    found = retry_after_s(header, now=NOW)
    assert found is None or found >= 0
