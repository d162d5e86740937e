"""What the loopback server with OpenAI's wire format answers: valid for the schema, or bad as was asked for."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import simplejpeg

from support.gemini_answers import answer

BAD_ANSWERS = (
    "malformed_json",
    "fenced",
    "prose",
    "wrong_types",
    "missing_key",
    "wrong_echo",
    "length",
    "content_filter",
    "refusal",
    "empty",
    "blank",
    "no_choices",
    "reasoning_only",
    "tool_calls",
    "no_finish",
    "thinking_inside",
)
ERRORS: dict[str, tuple[int, str]] = {
    "400": (400, "Failed to load image: cannot identify image file"),
    "400_context": (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."),
    "400_images": (400, "At most 1 image(s) may be provided in one prompt."),
    "400_schema": (400, "response_format json_schema is not supported by this model"),
    "400_audio": (400, "At most 0 audio(s) may be provided in one prompt."),
    "400_setting": (400, "Unsupported value: 'temperature' does not support 0.5 with this model."),
    "401": (401, "Incorrect API key provided: SECRET"),
    "402": (402, "Insufficient credits"),
    "403": (403, "Forbidden"),
    "404": (404, "The model `x` does not exist."),
    "405": (405, "Method Not Allowed"),
    "422": (422, "1 validation error: messages.0.content: wrong"),
    "429": (429, "Rate limit reached"),
    "429_money": (429, "You exceeded your current quota, please check your plan and billing details."),
    "500": (500, "Internal Server Error"),
    "500_images": (
        500,
        "image input is not supported - hint: you may need to provide the mmproj",
    ),
    "503": (503, "Loading model"),
    "302": (302, "Found"),
}
FIELDS = {
    "model", "messages", "response_format", "logprobs", "top_logprobs", "temperature", "seed", "max_tokens",
    "reasoning_effort", "chat_template_kwargs",
}  # fmt: skip
"""What the server takes; anything else is refused, as vLLM and OpenAI do."""
PARTS = {"text": {"text"}, "image_url": {"url"}, "input_audio": {"data", "format"}}


def refusal(body: dict[str, Any]) -> str:
    """Return what is wrong with a request; empty when nothing is."""
    extra = sorted(set(body) - FIELDS)
    if extra:
        return f"extra_forbidden: {extra[0]}"
    for message in body["messages"]:
        if set(message) != {"role", "content"} or message["role"] not in ("system", "user"):
            return "messages: wrong keys or role"
        for part in message["content"] if isinstance(message["content"], list) else ():
            problem = _part_problem(part)
            if problem:
                return problem
    return _schema_problem(body.get("response_format"))


def _part_problem(part: dict[str, Any]) -> str:
    kind = part.get("type", "")
    if kind not in PARTS or set(part) != {"type", kind}:
        return f"unknown part type or keys: {sorted(part)}"
    if kind == "text":
        return "" if isinstance(part["text"], str) else "text is no string"
    if set(part[kind]) != PARTS[kind]:
        return f"{kind}: wrong keys"
    if kind == "input_audio":
        return "" if base64.b64decode(part[kind]["data"], validate=True)[:4] == b"RIFF" else "no WAV"
    head, _, data = part[kind]["url"].partition(",")
    whole = head == "data:image/jpeg;base64" and base64.b64decode(data, validate=True)[:2] == b"\xff\xd8"
    return "" if whole else "Failed to load image: no JPEG"


def _schema_problem(wanted: dict[str, Any] | None) -> str:
    if wanted is None:
        return ""
    if wanted["type"] != "json_schema" or set(wanted["json_schema"]) != {"name", "schema", "strict"}:
        return "response_format: wrong keys"
    text = json.dumps(wanted)
    if re.search(r'"(minimum|maximum)"', text) or re.search(r'"type": \[', text):
        return "response_format: the grammar does not bear this schema"
    return ""


def message_text(body: dict[str, Any]) -> str:
    """Return all words of the message."""
    content = body["messages"][-1]["content"]
    return "\n".join(p["text"] for p in content if p["type"] == "text") if isinstance(content, list) else str(content)


def said(body: dict[str, Any], text: str, *, labels: dict[str, dict[str, Any]], blind: bool) -> str:
    """Return the words of a proper answer."""
    if "response_format" not in body:
        return "yes" if "yes" in text else _colour(body, blind=blind)
    schema = body["response_format"]["json_schema"]["schema"]
    if "answers" not in schema["properties"]:
        return json.dumps({"colour": "green", "sure": True})
    return json.dumps(answer({"generationConfig": {"responseJsonSchema": _as_asked(schema)}}, text, labels=labels))


def _as_asked(schema: dict[str, Any]) -> dict[str, Any]:
    """Take a schema back to the form that the scripted answers are made for."""
    plain: dict[str, Any] = json.loads(json.dumps(schema))
    for one in plain["properties"]["answers"]["properties"].values():
        label = one["properties"]["label"]
        if "enum" not in label.get("anyOf", [{}])[0]:
            one["properties"]["label"] = {"type": ["boolean", "null"]}
    return plain


def _colour(body: dict[str, Any], *, blind: bool) -> str:
    """Look at the last picture."""
    urls = [p["image_url"]["url"] for p in body["messages"][-1]["content"] if p["type"] == "image_url"]
    if blind or not urls:
        return "green"
    pixels = simplejpeg.decode_jpeg(base64.b64decode(urls[-1].partition(",")[2]), colorspace="RGB")
    return ("Red.", "Green.", "Blue.")[int(np.argmax(pixels.reshape(-1, 3).mean(axis=0)))]


def reply(body: dict[str, Any], words: str, *, fault: str, tokens: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Build the body of a 200."""
    usage = {
        "prompt_tokens": 900,
        "completion_tokens": 80,
        "total_tokens": 980,
        "prompt_tokens_details": {"cached_tokens": 500},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    if fault == "no_choices":
        return {"choices": [], "usage": usage}
    if fault == "uncounted":
        usage = {}
    message: dict[str, Any] = {"role": "assistant", "content": spoilt(words, fault), "reasoning_content": "Hm."}
    if fault == "refusal":
        message["refusal"] = "I cannot help with that."
    if fault in ("empty", "reasoning_only", "tool_calls", "content_filter"):
        message["content"] = None
    if fault == "empty":
        message["reasoning_content"] = None
    finish = {"length": "length", "content_filter": "content_filter", "tool_calls": "tool_calls", "no_finish": None}
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish.get(fault, "stop")}
    if tokens is not None:
        choice["logprobs"] = {"content": tokens}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [choice],
        "usage": usage,
    }


def spoilt(words: str, fault: str) -> str:
    if fault == "wrong_echo":
        return re.sub(r'"request_id": "[^"]*"', '"request_id": "0000"', words)
    if fault == "missing_key":
        return re.sub(r'"request_id": "[^"]*", ', "", words)
    if fault == "wrong_types":
        return re.sub(r": (true|false|null|[\d.]+)", ': "maybe"', words)
    return {
        "malformed_json": words[:-1] + ", oops",
        "fenced": f"```json\n{words}\n```",
        "prose": f"Here it is: {words}",
        "length": words[: len(words) // 2],
        "blank": " \n",
        "thinking_inside": f"<think>It is calm: true.</think>\n{words}",
        "prose_of_the_blind": "I cannot see it, but it may be coloured: I was not offered a picture.",
    }.get(fault, words)
