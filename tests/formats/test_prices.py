from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.core.annotation import Usage
from vibekit.errors import InputError
from vibekit.formats.prices import Price, PriceTable, load_prices, read_prices

DAY = date(2026, 11, 21)


def test_the_shipped_table_knows_the_default_model() -> None:
    table = load_prices()
    assert table.price("gemini-3.8-flash", on=DAY) == Price(input=0.75, output=3.75)
    assert table.price("models/gemini-3.8-flash", on=DAY) is not None
    assert date.fromisoformat(table.as_of) <= date(2026, 12, 31)
    assert table.source


def test_later_prices_hold_from_their_day() -> None:
    table = load_prices()
    before, after = (table.price("gemini-3.8-flash", on=day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert before is not None
    assert after is not None
    assert (before.input, after.input) == (0.75, 1.5)


def test_cost_counts_thoughts_cache_and_sound() -> None:
    table = PriceTable(
        as_of="2026-11-21",
        source="",
        batch_factor=0.5,
        models={"m": (("0000-00-00", Price(input=1.0, output=10.0, cached=0.1, audio=4.0)),)},
    )
    usage = Usage(prompt=1_000_000, cached=200_000, output=100_000, thoughts=100_000, audio=300_000)
    # 300k sound at 4, 500k fresh at 1, 200k cached at 0.1, 200k out at 10
    assert table.cost("m", usage, on=DAY) == pytest.approx(1.2 + 0.5 + 0.02 + 2.0)
    assert table.cost("m", usage, on=DAY, batch=True) == pytest.approx((1.2 + 0.5 + 0.02 + 2.0) / 2)


def test_an_unknown_model_has_no_price() -> None:
    assert load_prices().cost("gemini-99", Usage(prompt=5), on=DAY) is None


@given(st.builds(Usage, **{n: st.integers(0, 10**7) for n in ("prompt", "cached", "output", "thoughts", "audio")}))
def test_cost_is_never_negative_and_never_above_the_dearest_rate(usage: Usage) -> None:
    cost = load_prices().cost("gemini-3-flash-preview", usage, on=DAY)
    assert cost is not None
    assert 0 <= cost <= (usage.prompt * 1.0 + (usage.output + usage.thoughts) * 3.0) / 1e6 + 1e-9


def test_the_users_table_is_laid_over(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text("as_of: 2026-11-30\nmodels:\n  gemini-3.8-flash: {in: 9, out: 9}\n  mine: {in: 1, out: 2}\n")
    table = load_prices(own)
    assert table.cost("gemini-3.8-flash", Usage(prompt=1_000_000), on=DAY) == 9
    assert table.cost("mine", Usage(output=1_000_000), on=DAY) == 2
    assert table.price("gemini-2.5-flash", on=DAY) is not None
    assert table.batch_factor == 0.5


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("as_of: 2026-11-21\nmodels:\n  m: {in: 1}\n", 3, "missing 'out'"),
        ("as_of: 2026-11-21\nmodels:\n  m: {in: -1, out: 1}\n", 3, "below 0"),
        ("as_of: 2026-11-21\nmodel:\n  m: {in: 1, out: 1}\n", 2, "unknown key 'model'"),
        ("as_of: soon\nmodels: {}\n", 1, "date"),
        ("as_of: 2026-11-21\nmodels:\n  m: {in: cheap, out: 1}\n", 3, "number"),
        (
            "as_of: 2026-11-21\nmodels:\n  m:\n    in: 1\n    out: 1\n    later:\n"
            "      - {from: 2027-01-01, in: 1, out: 1}\n      - {from: 2026-01-01, in: 1, out: 1}\n",
            8,
            "order of their dates",
        ),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_prices(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
