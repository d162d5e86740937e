"""Finds out by small calls what an OpenAI-compatible server can do: pictures, their order, JSON, probabilities."""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
import wave
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vibekit.annotators.extra_body import read_extra_body
from vibekit.annotators.label_tokens import token_starts
from vibekit.annotators.openai_model import choose_model
from vibekit.annotators.settings import DEFAULT_MODEL
from vibekit.core.message import Inline, Text
from vibekit.errors import ItemError, TransientError, VibekitError
from vibekit.formats.address import check_address, shown_address
from vibekit.media.plain_picture import plain_picture
from vibekit.openai_compat.connection import KEY_VARIABLE, Connection, resolve
from vibekit.openai_compat.package import need_package
from vibekit.openai_compat.request import Request
from vibekit.stages.checks import Check, Level, bad, fine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vibekit.openai_compat.client import OpenAIClient
    from vibekit.openai_compat.response import Response
    from vibekit.stages.annotate.options import AnnotateOptions

TIMEOUT_S = 120.0
"""Ceiling of one probe: a server that has just started compiles kernels at its first picture."""
MOST_TOKENS = 2048
_SHOWN = 80
_RED, _BLUE = (220, 20, 20), (20, 20, 220)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "colour": {"type": "string", "enum": ["red", "green", "blue"]},
        "sure": {"type": ["boolean", "null"]},
    },
    "required": ["colour", "sure"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class _Server:
    """A client, and what every probe sends."""

    client: OpenAIClient
    base: Request

    async def ask(self, *parts: Text | Inline, **changed: Any) -> tuple[Response, float]:  # noqa: ANN401 - of Request
        """Return what came back, and after how many seconds."""
        started = time.monotonic()
        response = await self.client.ask(replace(self.base, parts=parts, **changed))
        return response, time.monotonic() - started


def server_checks(options: AnnotateOptions, *, ask: bool) -> list[Check]:
    """Look at the address, and at what the server can do; a check that fails does not stop the next.

    Args:
        options: The settings: model, address, frames, what is added to each request.
        ask: Send requests; else only look at what is set.
    """
    try:
        need_package()
        check_address(options.base_url)
        connection = Connection(base_url=options.base_url, timeout_s=TIMEOUT_S)
        access, extra = resolve(connection), read_extra_body(options.extra_body)
    except VibekitError as error:
        return [bad("server", error)]
    address = shown_address(access.base_url)
    key = f"{KEY_VARIABLE} is set, and sent to this address" if access.key else "none is set; a local server needs none"
    checks = [fine("address", address), fine("key", key)]
    if access.key and address.startswith("http://") and not access.loopback:
        mend = "use https://, or a tunnel: ssh -L 8000:127.0.0.1:8000 HOST"
        checks[-1] = Check(name="key", level=Level.WARN, found=f"{key}, without encryption", mend=mend)
    if not ask:
        return checks
    named, started = None if options.model == DEFAULT_MODEL else options.model, time.monotonic()
    try:
        model = choose_model(connection, named, address=address)
    except VibekitError as error:
        return [*checks, bad("model", error)]
    checks.append(fine("model", f"{model}, listed in {time.monotonic() - started:.2f} s"))
    base = Request(
        model=model, parts=(), temperature=options.temperature, max_tokens=MOST_TOKENS, thinking=options.thinking,
        extra=extra,
    )  # fmt: skip
    return [*checks, *asyncio.run(_probe(connection, base, options))]


async def _probe(connection: Connection, base: Request, options: AnnotateOptions) -> list[Check]:
    from vibekit.openai_compat.client import OpenAIClient

    client = OpenAIClient(connection)
    server = _Server(client, base)
    probes: list[tuple[str, Callable[[], Awaitable[Check]]]] = [
        ("picture", lambda: _picture(server)),
        ("two pictures", lambda: _two_pictures(server)),
        (f"{options.frames} frames", lambda: _frames(server, options)),
        ("JSON", lambda: _json(server)),
        ("probabilities", lambda: _probabilities(server)),
    ]
    if options.audio:
        probes.append(("sound", lambda: _sound(server)))
    checks: list[Check] = []
    try:
        for name, probe in probes:
            try:
                checks.append(await probe())
            except VibekitError as error:
                checks.append(_refused(name, error))
            except (TransientError, ItemError) as error:
                mend = "look at the server's log, then type the same command again"
                checks.append(Check(name=name, level=Level.FAIL, found=error.message, mend=mend))
    finally:
        await client.aclose()
    return checks


def _refused(name: str, error: VibekitError) -> Check:
    # without probabilities of tokens, labels are as good as before
    return bad(name, error, level=Level.WARN if name == "probabilities" else Level.FAIL)


async def _picture(server: _Server) -> Check:
    asked = Text("What colour is this picture? Answer with one English word.")
    response, seconds = await server.ask(asked, Inline(plain_picture(*_RED), "image/jpeg"))
    return _seen("picture", response, "red", "red", seconds)


async def _two_pictures(server: _Server) -> Check:
    response, seconds = await server.ask(
        Text("Picture A:"), Inline(plain_picture(*_RED), "image/jpeg"),
        Text("Picture B:"), Inline(plain_picture(*_BLUE), "image/jpeg"),
        Text("What colour is picture B? Answer with one English word."),
    )  # fmt: skip
    return _seen("two pictures", response, "blue", "red first and blue second", seconds)


async def _frames(server: _Server, options: AnnotateOptions) -> Check:
    """Send a call as long as those of a run: limits on pictures and on the context show here."""
    side = options.frame_size
    parts: list[Text | Inline] = []
    for n in range(options.frames):
        colour = _BLUE if n == options.frames - 1 else _RED
        jpeg = plain_picture(*colour, width=side, height=side)
        parts += [Text(f"Frame at {n}.00 s:"), Inline(jpeg, "image/jpeg")]
    asked = Text("What colour is the last frame? Answer with one English word.")
    response, seconds = await server.ask(*parts, asked)
    found = _seen(f"{options.frames} frames", response, "blue", "blue last", seconds)
    return replace(found, found=f"{found.found}, {response.usage.prompt} tokens in")


def _seen(name: str, response: Response, wanted: str, shown: str, seconds: float) -> Check:
    said = (response.text or "").strip()
    if re.search(rf"\b{wanted}\b", said.lower()):
        return fine(name, f"seen ({seconds:.2f} s)")
    if response.finish == "length":
        found = f"no answer within {MOST_TOKENS} tokens: the model thinks for long"
        mend = """--extra-body '{"chat_template_kwargs": {"enable_thinking": false}}'"""
        return Check(name=name, level=Level.WARN, found=found, mend=mend)
    if not said:
        mend = "every answer would be empty: look at the server's log, and at the model's chat template"
        return Check(name=name, level=Level.FAIL, found="the model answers without a word", mend=mend)
    found = f"shown {shown}, the model says: {said[:_SHOWN]}"
    mend = (
        "serve a model that sees pictures, in their order: see docs/self-hosting.md (--interleave-mm-strings for vLLM)"
    )
    return Check(name=name, level=Level.WARN, found=found, mend=mend)


async def _json(server: _Server) -> Check:
    asked = Text("Grass is green. Name the colour of grass as JSON with the keys colour and sure.")
    response, seconds = await server.ask(asked, schema=_SCHEMA)
    try:
        read = json.loads(response.text or "")
        held = sorted(read) == ["colour", "sure"] and read["colour"] in ("red", "green", "blue")
    except (ValueError, TypeError):
        held = False
    if held:
        return fine("JSON", f"the schema is held ({seconds:.2f} s)")
    found = f"the schema is not held, the model says: {(response.text or 'nothing')[:_SHOWN]}"
    mend = "answers that break the schema become invalid; start the server with structured output"
    return Check(name="JSON", level=Level.WARN, found=found, mend=mend)


async def _probabilities(server: _Server) -> Check:
    response, seconds = await server.ask(Text("Answer with the word yes."), logprobs=True)
    if response.text and token_starts(response.text, response.tokens) and any(t.top for t in response.tokens):
        return fine("probabilities", f"of tokens are given ({seconds:.2f} s)")
    found = "of tokens are not given, or do not fit the text: those that the model states are kept"
    return fine("probabilities", found)


async def _sound(server: _Server) -> Check:
    _, seconds = await server.ask(Text("Do you hear anything? Answer yes or no."), Inline(_silence(), "audio/wav"))
    return fine("sound", f"taken ({seconds:.2f} s); whether the model hears it does not show")


def _silence() -> bytes:
    """Return one second of silence, 16 kHz mono."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\0\0" * 16_000)
    return buffer.getvalue()
