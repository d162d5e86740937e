"""What the loopback server answers: valid for our schema, or bad in the way that was asked for."""

from __future__ import annotations

import json
import re
from typing import Any

ERRORS: dict[str, tuple[int, str, str]] = {
    "400": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    "401": (401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    "403": (403, "PERMISSION_DENIED", "The caller does not have permission"),
    "404": (404, "NOT_FOUND", "models/x is not found for API version v1"),
    "429": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota."),
    "429_day": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota."),
    "500": (500, "INTERNAL", "An internal error has occurred."),
    "503": (503, "UNAVAILABLE", "The model is overloaded."),
}
BAD_ANSWERS = (
    "malformed_json",
    "fenced",
    "prose",
    "max_tokens",
    "safety",
    "recitation",
    "block_prompt",
    "empty",
    "no_parts",
    "thought_only",
    "wrong_types",
    "missing_key",
    "wrong_echo",
    "unknown_finish",
)
TRANSPORT = ("reset", "reset_mid", "disconnect", "hang", "not_json")
_RPC = "type.googleapis.com/google.rpc."


def reply(body: dict[str, Any], text: str, *, labels: dict[str, dict[str, Any]], fault: str) -> dict[str, Any]:
    """Build the body of a 200: valid for our schema, or bad in the way that was asked for."""
    usage = {"promptTokenCount": 100 + len(text) // 4, "candidatesTokenCount": 50, "totalTokenCount": 150}
    if fault == "empty":
        return {"usageMetadata": usage}
    if fault == "block_prompt":
        return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage}
    said: dict[str, Any] = answer(body, text, labels=labels)
    if fault == "wrong_echo":
        said["request_id"] = "0" * 16
    if fault == "missing_key":
        del said["request_id"]
    if fault == "wrong_types":
        said = json.loads(re.sub(r": (true|false|null|[\d.]+)", ': "maybe"', json.dumps(said)))
    words = json.dumps(said)
    words = {
        "malformed_json": words[:-1] + ", oops",
        "fenced": f"```json\n{words}\n```",
        "prose": f"Here it is: {words}",
        "max_tokens": words[: len(words) // 2],
    }.get(fault, words)
    part: dict[str, Any] = {"text": words, **({"thought": True} if fault == "thought_only" else {})}
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "finishReason": _finish(fault)}
    if fault in ("safety", "recitation"):
        del candidate["content"]
    if fault == "no_parts":
        candidate["content"] = {"role": "model"}
    return {"candidates": [candidate], **({} if fault == "no_usage" else {"usageMetadata": usage})}


def answer(body: dict[str, Any], text: str, *, labels: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Build an answer to the schema in the request, with the scripted labels."""
    schema = body["generationConfig"]["responseJsonSchema"]["properties"]["answers"]["properties"]
    wanted: dict[str, Any] = {}
    for piece, said in labels.items():
        if piece in text:
            wanted.update(said)
    answers = {}
    for name, one in schema.items():
        want = wanted.get(name, _first_label(one["properties"]["label"]))
        fields = want if isinstance(want, dict) else {"label": want}
        sure = 0.1 if fields["label"] is False else 0.5 if fields["label"] is None else 0.9
        answers[name] = {"evidence": [], "rationale": "scripted", "probability": sure, **fields}
    return {"request_id": request_id(text), "answers": answers}


def _first_label(schema: dict[str, Any]) -> bool | int | str:
    label: bool | int | str = schema["anyOf"][0]["enum"][0] if "anyOf" in schema else True
    return label


def _finish(fault: str) -> str:
    named = {"max_tokens": "MAX_TOKENS", "safety": "SAFETY", "recitation": "RECITATION", "unknown_finish": "TIRED"}
    return named.get(fault, "STOP")


def error_details(fault: str, retry_after_s: float) -> list[dict[str, Any]]:
    if not fault.startswith("429"):
        return []
    per = "PerDay" if fault == "429_day" else "PerMinute"
    violation = {"quotaId": f"GenerateRequests{per}PerProjectPerModel"}
    return [
        {"@type": f"{_RPC}QuotaFailure", "violations": [violation]},
        {"@type": f"{_RPC}RetryInfo", "retryDelay": f"{retry_after_s}s"},
    ]


def message_text(body: dict[str, Any]) -> str:
    parts = (part for content in body.get("contents", ()) for part in content["parts"])
    return "\n".join(part["text"] for part in parts if "text" in part)


def request_id(text: str) -> str:
    match = re.search(r"^request_id: (\S+)$", text, re.MULTILINE)
    return match.group(1) if match else ""
