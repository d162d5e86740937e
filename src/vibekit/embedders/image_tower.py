"""The picture half of a model of transformers: pixels to one vector a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.embedders.hub import identity, loading
from vibekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIGLIP_MEAN = (0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTower:
    """A loaded model.

    Attributes:
        model: The torch module.
        device: Where it is.
        size: Side of the pictures it takes, pixels.
        mean: Subtracted from pixels of 0-1, a colour each.
        std: Then divided by.
        dim: Of its vectors.
        parameters: What can change a vector.
    """

    model: Any
    device: str
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    dim: int
    parameters: dict[str, Any] = field(default_factory=dict)

    def features(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vector of each picture; shape (n, 3, size, size) to (n, dim)."""
        import torch

        with torch.inference_mode():
            out = _vectors(self.model, torch.from_numpy(pixels).to(self.device))
            return np.asarray(out.float().cpu().numpy(), np.float32)


@lru_cache(maxsize=2)
def load_tower(name: str, revision: str, device: str) -> ImageTower:
    """Load a model once a process.

    Args:
        name: On the hub, or a folder.
        revision: Branch, tag or commit; empty for the newest.
        device: Of torch; empty for the first GPU when there is one, else the CPU.

    Raises:
        SetupError: It cannot be had.
        InputError: It is no image tower with pictures of a fixed size, or the device is unknown.
    """
    import torch
    from transformers import AutoConfig, AutoModel
    from transformers.models.auto.image_processing_auto import get_image_processor_config
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    branch = revision or "main"
    at: dict[str, Any] = {"revision": branch, "trust_remote_code": False}
    with loading(name):
        config = AutoConfig.from_pretrained(name, **at)
        how = get_image_processor_config(name, revision=branch)
        model, loaded = AutoModel.from_pretrained(
            name, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **at
        )
        model = model.eval()
    _refuse_invented(name, loaded)
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        model = model.to(place)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device '{place}' cannot be used: {error}", hint="leave it out, or device=cpu") from error
    size = _size(config, name)
    mean, std = (tuple(float(v) for v in how.get(key, _SIGLIP_MEAN)) for key in ("image_mean", "image_std"))
    tower = ImageTower(model=model, device=place, size=size, mean=mean, std=std, dim=0)
    try:
        dim = tower.features(np.zeros((1, 3, size, size), np.float32)).shape[1]
    except (TypeError, RuntimeError, ValueError, AttributeError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"'{name}' does not take pictures as they are: {said}", hint=_FIXED) from error
    known = identity(name, commit=str(getattr(config, "_commit_hash", None) or ""))
    parameters = {**known, "size": size, "mean": list(mean), "std": list(std)}
    return ImageTower(model=model, device=place, size=size, mean=mean, std=std, dim=dim, parameters=parameters)


def _refuse_invented(name: str, loaded: dict[str, Any]) -> None:
    """Refuse a model with weights that its files do not have: the library makes such weights up at random."""
    missing = sorted(str(key) for key in [*loaded.get("missing_keys", ()), *loaded.get("mismatched_keys", ())])
    if missing:
        raise InputError(
            f"'{name}' lacks {len(missing)} of the weights of its own model, such as {missing[0]}",
            hint="they would be made up at random; give another model, or download it again",
        )


_FIXED = "give a model with pictures of a fixed size, such as google/siglip2-base-patch16-224"


def _size(config: Any, name: str) -> int:  # noqa: ANN401 - a configuration of transformers
    vision = getattr(config, "vision_config", None) or config
    size = getattr(vision, "image_size", None)
    if isinstance(size, (list, tuple)) and len(set(size)) == 1:
        size = size[0]
    if not isinstance(size, int) or size < 1:
        raise InputError(f"'{name}' says no fixed size of its pictures", hint=_FIXED)
    return size


def _vectors(model: Any, pixels: Any) -> Any:  # noqa: ANN401 - torch
    """Ask a model for one vector a picture: its projection, else its pooled layer, else the mean of its patches."""
    ask = getattr(model, "get_image_features", None)
    out = ask(pixel_values=pixels) if ask is not None else model(pixel_values=pixels)
    for name in ("image_embeds", "pooler_output"):
        found = getattr(out, name, None)
        if found is not None:
            return found.flatten(1)
    hidden = getattr(out, "last_hidden_state", None)
    if hidden is None:
        return out
    return hidden.mean(dim=1) if hidden.dim() == 3 else hidden.mean(dim=(2, 3))
