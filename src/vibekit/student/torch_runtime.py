"""The forward pass in torch, on a GPU where there is one; for machines that have torch anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.errors import SetupError
from vibekit.student.chunks import Chunks
from vibekit.student.folded import fold

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from vibekit.core.student import Student
    from vibekit.student.base import Tensors, Vectors
    from vibekit.student.folded import Layer


class TorchRuntime:
    """Needs the extra ``vibekit[student]``; float32 throughout."""

    def __init__(
        self, student: Student, tensors: Tensors, *, threads: int = 1, sample: NDArray[np.float32] | None = None
    ) -> None:
        del sample
        try:
            import torch
        except ImportError as error:
            raise SetupError(
                "the runtime torch needs torch", hint="pip install 'vibekit[student]', or use --runtime onnx"
            ) from error
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.set_num_threads(threads)
        folded = fold(student, tensors)
        self._groups = folded.groups
        self._hidden = [self._layer(layer) for layer in folded.hidden]
        self._mlp = self._layer(folded.mlp) if folded.mlp else None
        self._linear = self._layer(folded.linear) if folded.linear else None
        self._order = None if folded.in_order else torch.from_numpy(folded.order).to(self._device)
        # torch has threads of its own
        self._chunks = Chunks(self._compute, outputs=folded.outputs, threads=1)

    def __call__(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return (n, columns) probabilities from (n, d) vectors."""
        return self._chunks(vectors)

    def _layer(self, layer: Layer) -> tuple[Any, Any]:
        make = self._torch.from_numpy
        return make(layer.weight).to(self._device), make(layer.bias).to(self._device)

    def _compute(self, vectors: Vectors) -> NDArray[np.float32]:
        torch = self._torch
        with torch.inference_mode():
            # a copy: mapped vectors are read-only, which torch does not know
            x = torch.from_numpy(np.array(vectors)).to(self._device).float()
            found = self._probabilities(x).cpu().numpy()
        return np.asarray(found, np.float32)

    def _probabilities(self, x: Any) -> Any:  # noqa: ANN401 - a torch tensor
        torch = self._torch
        parts = []
        if self._mlp is not None:
            h = x
            for weight, bias in self._hidden:
                h = torch.addmm(bias, h, weight).relu_()
            parts.append(torch.addmm(self._mlp[1], h, self._mlp[0]))
        if self._linear is not None:
            parts.append(torch.addmm(self._linear[1], x, self._linear[0]))
        logit = torch.cat(parts, dim=1)
        if self._order is not None:
            logit = logit[:, self._order]
        found = torch.sigmoid(logit)
        for start, stop in self._groups:
            found[:, start:stop] = torch.softmax(logit[:, start:stop], dim=1)
        return found
