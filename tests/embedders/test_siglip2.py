import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vibekit.embedders import hub
from vibekit.embedders.base import EmbedderSettings, EmbedError, Given
from vibekit.embedders.siglip2 import Siglip2
from vibekit.errors import InputError, SetupError

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SMALL: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "image_size": 32, "patch_size": 16,
}  # fmt: skip
WORDS: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
                         "vocab_size": 64, "bos_token_id": 1, "eos_token_id": 2}  # fmt: skip


def models() -> dict[str, Any]:
    t = transformers
    both = t.SiglipConfig(text_config=WORDS, vision_config=SMALL)
    clip = t.CLIPConfig(text_config=WORDS, vision_config=SMALL, projection_dim=24)
    return {
        "siglip-vision": t.SiglipVisionModel(t.SiglipVisionConfig(**SMALL)),
        "siglip": t.SiglipModel(both),
        "clip": t.CLIPModel(clip),
        "vit": t.ViTModel(t.ViTConfig(**SMALL)),
    }


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny models with random weights, as their library saves them."""
    import torch

    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("towers")
    for name, model in models().items():
        model.save_pretrained(root / name)
    return {path.name: path for path in root.iterdir()}


def made(folder: Path | str, **settings: Any) -> Siglip2:  # noqa: ANN401
    return Siglip2(EmbedderSettings(model=str(folder), **settings))


def given(count: int = 3) -> Given:
    frames: NDArray[np.uint8] = np.random.default_rng(0).integers(0, 256, (count, 40, 60, 3), dtype=np.uint8)
    return Given(path=Path("a.mp4"), frames=frames)


@pytest.mark.parametrize(("name", "width"), [("siglip-vision", 32), ("siglip", 32), ("clip", 24), ("vit", 32)])
def test_any_image_tower_makes_a_vector(folders: dict[str, Path], name: str, width: int) -> None:
    one = made(folders[name])
    one.check()
    block, vector = one.block(2), one.embed(given())
    assert (block.start, block.dim, vector.shape) == (2, 3 * width, (3 * width,))
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(vector, one.embed(given()))


def test_a_copy_of_a_model_is_the_same_space_and_other_weights_are_not(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folders["siglip-vision"].iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    first = made(folders["siglip-vision"]).block(0)
    assert made(copy).block(0).fingerprint == first.fingerprint
    assert made(copy, options={"pool": "mean"}).block(0).fingerprint != first.fingerprint
    (copy / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.4] * 3, "image_std": [0.3] * 3}))
    # loaded once a process: a model that changes under the same name is seen by the next process
    from vibekit.embedders.image_tower import load_tower

    load_tower.cache_clear()
    changed = made(copy).block(0)
    assert changed.parameters["mean"] == [0.4] * 3
    assert changed.fingerprint != first.fingerprint


def test_a_model_whose_files_lack_weights_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = tmp_path / "part"
    folder.mkdir()
    (folder / "config.json").write_bytes((folders["siglip-vision"] / "config.json").read_bytes())
    tensors = load_file(folders["siglip-vision"] / "model.safetensors")
    tensors.pop(next(name for name in sorted(tensors) if "layers.1" in name))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"lacks 1 of the weights"):
        made(folder).check()


def test_what_cannot_be_used_says_why(tmp_path: Path, folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="no such folder"):
        made("./nowhere").check()
    with pytest.raises(InputError, match=r"\.safetensors"):
        made(tmp_path).check()
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises((InputError, SetupError)):
        made(tmp_path).check()
    with pytest.raises(InputError, match="device"):
        made(folders["vit"], options={"device": "no-such-device"}).check()
    with pytest.raises(EmbedError, match="no picture"):
        made(folders["vit"]).embed(Given(path=Path("a.mp4")))


def test_flexible_picture_sizes_are_refused(tmp_path: Path) -> None:
    t = transformers
    config = t.Siglip2VisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4, num_patches=4
    )
    t.Siglip2VisionModel(config).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="fixed size") as caught:
        made(tmp_path).check()
    assert "siglip2-base-patch16-224" in caught.value.hint


def test_a_hub_that_cannot_be_reached_is_a_matter_of_setting_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(SetupError, match="cannot be loaded") as caught:
        made("nobody/no-such-model").check()
    assert "hf download nobody/no-such-model" in caught.value.hint


def test_a_missing_package_is_named_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "find_spec", lambda name: None if name == "transformers" else object())
    with pytest.raises(SetupError, match="needs transformers") as caught:
        Siglip2(EmbedderSettings()).check()
    assert caught.value.hint == "type: pip install 'vibekit[siglip2]'"


def write_tokens(folder: Path) -> None:
    """Write a tokenizer of a few words beside a tiny model."""
    tokenizers = pytest.importorskip("tokenizers")
    words = {word: n for n, word in enumerate(("[PAD]", "[BOS]", "[EOS]", "[UNK]", "rain", "on", "a", "window"))}
    inner = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    inner.post_processor = tokenizers.processors.TemplateProcessing(
        single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 1), ("[EOS]", 2)]
    )
    transformers.PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="[PAD]").save_pretrained(folder)


@pytest.mark.parametrize(("name", "width"), [("siglip", 32), ("clip", 24)])
def test_words_are_compared_with_the_mean_over_frames(folders: dict[str, Path], name: str, width: int) -> None:
    import torch

    write_tokens(folders[name])
    one = made(folders[name], options={"pool": "std+mean"})
    vector = one.embed_text("rain on a window")
    assert vector.shape == (2 * width,)
    assert not vector[:width].any()
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    model = transformers.AutoModel.from_pretrained(folders[name]).eval()
    blanks = [0] * (64 - 6) if name == "siglip" else []
    with torch.inference_mode():
        out = model.get_text_features(input_ids=torch.tensor([[1, 4, 5, 6, 7, 2, *blanks]]))
    right = np.asarray(getattr(out, "pooler_output", out)[0])
    assert np.allclose(vector[width:], right / np.linalg.norm(right), atol=1e-5)


def test_a_model_of_pictures_alone_reads_no_text(folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="reads no text"):
        made(folders["vit"]).embed_text("rain")
    with pytest.raises(InputError, match="compared with the mean"):
        made(folders["siglip"], options={"pool": "std"}).embed_text("rain")
