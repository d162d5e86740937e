"""The table of runtimes: a name and where its class is."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from vibekit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from vibekit.student.base import Runtime

AUTO = "auto"
RUNTIMES = {
    "numpy": "vibekit.student.forward:NumpyRuntime",
    "onnx": "vibekit.student.onnx:OnnxRuntime",
    "onnx-int8": "vibekit.student.onnx:OnnxIntegerRuntime",
    "torch": "vibekit.student.torch_runtime:TorchRuntime",
}
ROUNDING = frozenset({"onnx-int8"})
"""Runtimes that trade precision for speed: they differ from numpy by more than the last digits."""


def chosen(name: str) -> str:
    """Return the name of a runtime: ``auto`` is onnx where it is installed, else numpy.

    Raises:
        UsageError: There is none of that name.
    """
    if name == AUTO:
        return "onnx" if find_spec("onnx") and find_spec("onnxruntime") else "numpy"
    if name not in RUNTIMES:
        near = did_you_mean(name, RUNTIMES)
        raise UsageError(f"no runtime {name!r}", hint=f"{near} choose from: {AUTO}, {', '.join(RUNTIMES)}".strip())
    return name


def runtime_class(name: str) -> type[Runtime]:
    """Return the class of a runtime."""
    module, _, attribute = RUNTIMES[name].partition(":")
    found: type[Runtime] = getattr(import_module(module), attribute)
    return found
