import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.gemini_server import GeminiServer
from vibekit.core.video import Metadata
from vibekit.embedders.base import EmbedderSettings, EmbedError, Given
from vibekit.embedders.gemini import GeminiEmbedder
from vibekit.errors import InputError, ServiceError, SetupError

WORDS = Metadata(title="Quiet lake", description="Fog over water.", hashtags=("calm",))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-loopback-secret-42")


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as server:
        yield server


@pytest.fixture
def made() -> Iterator[list[GeminiEmbedder]]:
    embedders: list[GeminiEmbedder] = []
    yield embedders
    for one in embedders:
        one.close()


@pytest.fixture
def gemini(server: GeminiServer, made: list[GeminiEmbedder]) -> Any:  # noqa: ANN401
    def make(**settings: Any) -> GeminiEmbedder:  # noqa: ANN401
        one = GeminiEmbedder(EmbedderSettings(base_url=server.url, **{"dim": 128, **settings}))
        one.check()
        made.append(one)
        return one

    return make


def blob(part: dict[str, Any]) -> tuple[str, bytes]:
    """Type and bytes, in the spelling that the library has for this call: underscores, and URL-safe base64."""
    held = part["inline_data"]
    return held["mime_type"], base64.urlsafe_b64decode(held["data"])


def given(path: Path = Path("a.mp4"), *, seed: int = 0, duration_s: float | None = 3.0) -> Given:
    frames = np.random.default_rng(seed).integers(0, 255, (2, 36, 64, 3), dtype=np.uint8)
    return Given(path=path, metadata=WORDS, frames=frames, duration_s=duration_s)


def test_frames_and_words_are_one_message_and_one_vector(server: GeminiServer, gemini: Any) -> None:  # noqa: ANN401
    one = gemini()
    vector = one.embed(given())
    assert vector.shape == (128,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
    (entry,) = server.log
    assert entry["path"].endswith("/models/gemini-embedding-2:batchEmbedContents")
    (request,) = entry["body"]["requests"]
    assert request["outputDimensionality"] == 128
    *pictures, words = request["content"]["parts"]
    assert [blob(p)[0] for p in pictures] == ["image/jpeg"] * 2
    assert blob(pictures[0])[1][:2] == b"\xff\xd8"
    assert words["text"] == "Quiet lake\nFog over water.\ncalm"


def test_the_same_video_gives_the_same_vector_and_another_one_another(gemini: Any) -> None:  # noqa: ANN401
    one = gemini()
    assert np.array_equal(one.embed(given()), one.embed(given()))
    assert not np.array_equal(one.embed(given()), one.embed(given(seed=1)))


def test_what_is_sent_is_part_of_the_block(gemini: Any, made: list[GeminiEmbedder]) -> None:  # noqa: ANN401
    settings: list[dict[str, Any]] = [
        {}, {"dim": 256}, {"frames": 3}, {"model": "other"}, {"options": {"words": "no"}},
        {"options": {"send": "video"}},
    ]  # fmt: skip
    assert len({gemini(**one).block(0).fingerprint for one in settings}) == len(settings)
    real = GeminiEmbedder(EmbedderSettings(dim=128))
    assert real.block(0).fingerprint != made[0].block(0).fingerprint
    assert "words" not in gemini(options={"words": "no"}).block(0).parameters
    assert not gemini(options={"words": "no"}).needs.words


def test_a_whole_video_is_sent_with_its_type(server: GeminiServer, gemini: Any, tmp_path: Path) -> None:  # noqa: ANN401
    path = tmp_path / "a.webm"
    path.write_bytes(b"\x1aE\xdf\xa3 not decoded here")
    one = gemini(options={"send": "video", "words": "no"})
    assert one.needs.frames is None
    one.embed(given(path))
    (part,) = server.log[0]["body"]["requests"][0]["content"]["parts"]
    assert blob(part) == ("video/webm", path.read_bytes())


@pytest.mark.parametrize(
    ("name", "duration_s", "reason"),
    [("a.gif", 3.0, "takes no '.gif'"), ("a.mp4", 90.0, "90 s long"), ("a.mp4", None, "unknown length")],
)
def test_a_video_that_cannot_be_sent_says_why_and_costs_nothing(
    server: GeminiServer,
    gemini: Any,  # noqa: ANN401
    name: str,
    duration_s: float | None,
    reason: str,
) -> None:
    with pytest.raises(EmbedError, match=reason):
        gemini(options={"send": "video"}).embed(given(Path(name), duration_s=duration_s))
    assert server.log == []


def test_what_can_be_asked_again_is(server: GeminiServer, gemini: Any) -> None:  # noqa: ANN401
    server.faults = ["500", "none", "reset", "429", "ok"]
    server.retry_after_s = 0.01
    assert gemini().embed(given()).shape == (128,)
    assert len(server.log) == 5


@pytest.mark.parametrize(("fault", "said"), [("400", "400"), ("short", "127 dimensions"), ("zeros", "only zeros")])
def test_a_refused_video_is_an_item_failure(server: GeminiServer, gemini: Any, fault: str, said: str) -> None:  # noqa: ANN401
    server.faults = [fault]
    with pytest.raises(EmbedError, match=said):
        gemini().embed(given())
    assert len(server.log) == 1


def test_it_gives_up_after_the_tries_that_were_allowed(server: GeminiServer, gemini: Any) -> None:  # noqa: ANN401
    server.faults = ["two"] * 9
    with pytest.raises(EmbedError, match="gave up after 2 tries"):
        gemini(max_attempts=2).embed(given())
    assert len(server.log) == 2


def test_a_wrong_key_or_model_ends_the_run(server: GeminiServer, gemini: Any) -> None:  # noqa: ANN401
    server.valid_keys = {"another"}
    with pytest.raises(SetupError, match="key"):
        gemini().embed(given())
    server.valid_keys, server.faults = set(), ["404"]
    with pytest.raises(ServiceError, match="no model"):
        gemini().embed(given())


def test_many_threads_share_one_limiter(server: GeminiServer, gemini: Any) -> None:  # noqa: ANN401
    server.latency_s = 0.05
    one = gemini()
    with ThreadPoolExecutor(24) as threads:
        vectors = list(threads.map(lambda seed: one.embed(given(seed=seed)), range(24)))
    assert len({v.tobytes() for v in vectors}) == 24
    assert 1 < server.max_in_flight <= one.threads


@pytest.mark.parametrize(
    "settings",
    [{"dim": 64}, {"dim": 4000}, {"frames": 7}, {"frames": 0}, {"options": {"send": "x"}}, {"options": {"words": "x"}}],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        GeminiEmbedder(EmbedderSettings(**settings)).check()


def test_without_a_key_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEMINI_API_KEY")
    with pytest.raises(SetupError, match="key"):
        GeminiEmbedder(EmbedderSettings()).check()


def test_words_alone_are_asked_for(gemini: Any) -> None:  # noqa: ANN401
    one = gemini()
    vector = one.embed_text("rain on a window")
    assert (vector.shape, vector.dtype) == ((128,), np.float32)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
    assert np.array_equal(vector, one.embed_text("rain on a window"))
    assert not np.array_equal(vector, one.embed_text("a loud party"))
