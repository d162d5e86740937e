from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from support.bad_definitions import BAD, BINARY, CATEGORICAL, ORDINAL
from support.definitions import good
from vibekit.core.attribute import Kind
from vibekit.errors import InputError
from vibekit.formats.attribute import KEYS, SAMPLE, parse_attribute
from vibekit.formats.attribute_schema import attribute_schema, schema_text
from vibekit.formats.attribute_skeleton import skeleton
from vibekit.formats.shipped import shipped_dir
from vibekit.formats.strict_yaml import load, read

VALIDATOR = Draft202012Validator(attribute_schema())
SHIPPED = sorted(shipped_dir("attributes").glob("*.yaml"))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(attribute_schema())
    assert json.loads(schema_text()) == attribute_schema()
    assert tuple(attribute_schema()["properties"]) == KEYS


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_ready_made_definitions_fit_the_schema(path: object) -> None:
    VALIDATOR.validate(read(path).value())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE,
        good(),
        BINARY,
        ORDINAL,
        CATEGORICAL,
        *(skeleton("slow", kind, date="2026-01-02") for kind in Kind),
        ORDINAL + "edge_cases: [{case: c, label: 5, why: w}, {case: d, label: abstain, why: w}]\n",
        CATEGORICAL + "examples: [{video: c, label: calm, why: w}, {video: d, label: null, why: w}]\n",
        BINARY + "signals: {bias: 0, motion: -1.5}\n",
        CATEGORICAL + "signals: {calm: {motion: -1}, upbeat: {bias: 1}}\n",
        CATEGORICAL.replace("upbeat", "fröhlich und_laut-er"),
    ],
)
def test_what_the_parser_takes_fits_the_schema(text: str) -> None:
    parse_attribute(text)
    VALIDATOR.validate(load(text).value())


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_the_parser_refuses_does_not_fit_the_schema(text: str) -> None:
    with pytest.raises(InputError):
        parse_attribute(text)
    try:
        value = load(text).value()
    except InputError:
        return  # an editor reports it as malformed before the schema is asked
    assert not VALIDATOR.is_valid(value)


def test_the_schema_beside_the_ready_made_definitions_is_current() -> None:
    assert (shipped_dir("attributes") / "attribute.schema.json").read_text() == schema_text()
