"""What is asked of a server, and the JSON body that it becomes; nothing here touches the network."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from vibekit.core.message import Inline, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

Feature = Literal["logprobs", "pictures", "schema", "sound"]
"""What a request makes use of, and a server may not have."""

TOP_LOGPROBS = 5
"""Alternatives asked for with each token: enough for a label's few, and every one makes the reply longer."""
SCHEMA_NAME = "answer"
_NOT_BORNE = ("minimum", "maximum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call.

    Attributes:
        model: Model id.
        system: The constant part: first, so that a prefix cache holds it.
        parts: The message: words, JPEG pictures and WAV sound.
        schema: JSON Schema of the answer; None asks for words.
        temperature: None leaves it to the server.
        seed: None sends none.
        max_tokens: None leaves it to the server.
        thinking: Reasoning effort; None leaves it to the model.
        logprobs: Ask for the probabilities of tokens.
        extra: Added to the body as it is.
    """

    model: str
    system: str = ""
    parts: tuple[Text | Inline, ...]
    schema: Mapping[str, Any] | None = None
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    thinking: str | None = None
    logprobs: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> frozenset[Feature]:
        """What the request makes use of."""
        mimes = {part.mime for part in self.parts if isinstance(part, Inline)}
        used: dict[Feature, bool] = {
            "logprobs": self.logprobs,
            "pictures": "image/jpeg" in mimes,
            "schema": self.schema is not None,
            "sound": "audio/wav" in mimes,
        }
        return frozenset(name for name, yes in used.items() if yes)


def body(request: Request) -> bytes:
    """Return the body of a call of ``/chat/completions``."""
    system = [{"role": "system", "content": request.system}] if request.system else []
    asked: dict[str, Any] = {
        "model": request.model,
        "messages": [*system, {"role": "user", "content": [_part(part) for part in request.parts]}],
    }
    optional = {
        "temperature": request.temperature,
        "seed": request.seed,
        "max_tokens": request.max_tokens,
        "reasoning_effort": request.thinking,
    }
    asked |= {name: value for name, value in optional.items() if value is not None}
    if request.schema is not None:
        schema = portable(request.schema)
        named = {"name": SCHEMA_NAME, "schema": schema, "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": named}
    if request.logprobs:
        asked |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    return json.dumps({**asked, **request.extra}, separators=(",", ":"), allow_nan=False).encode()


def portable(schema: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a schema that every grammar back-end takes: no bounds on numbers, no list of types.

    Back-ends differ in both (XGrammar, llguidance, GBNF of llama.cpp); the answer is read strictly anyhow.
    """
    if isinstance(schema, list):
        return [portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: portable(value) for name, value in schema.items() if name not in _NOT_BORNE}
    kinds = kept.get("type")
    if isinstance(kinds, list):
        rest = {name: value for name, value in kept.items() if name != "type"}
        return {"anyOf": [{"type": kind, **rest} for kind in kinds]}
    return kept


def _part(part: Text | Inline) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    data = b64encode(part.data).decode("ascii")
    if part.mime == "audio/wav":
        return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
    return {"type": "image_url", "image_url": {"url": f"data:{part.mime};base64,{data}"}}
