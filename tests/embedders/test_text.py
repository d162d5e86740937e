from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vibekit.core.video import Metadata
from vibekit.embedders import hub
from vibekit.embedders.base import EmbedderSettings, Given
from vibekit.embedders.text import FIELDS, MOST_PIECES, PIECE_WORDS, Text, pieces_of, words_of
from vibekit.errors import InputError, SetupError

LAKE = Metadata(title="Quiet lake", description="Fog over water.", hashtags=("calm", "fog"), transcript="Listen.")


def given(metadata: Metadata) -> Given:
    return Given(path=Path("a.mp4"), metadata=metadata)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with random weights, as sentence-transformers saves it."""
    pytest.importorskip("torch")
    pytest.importorskip("sentence_transformers")
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("text")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "quiet", "lake", "fog", "over", "water", "loud", "party"]
    (root / "vocab.txt").write_text("\n".join(words))
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(root / "bert")
    BertTokenizer(vocab=str(root / "vocab.txt")).save_pretrained(root / "bert")
    inner = Transformer(str(root / "bert"))
    SentenceTransformer(modules=[inner, Pooling(16)], device="cpu").save(str(root / "model"))
    return root / "model"


def made(folder: Path, **options: str) -> Text:
    return Text(EmbedderSettings(model=str(folder), options={"device": "cpu", **options}))


def test_words_make_a_vector_of_length_one(folder: Path) -> None:
    one = made(folder)
    one.check()
    block, vector = one.block(3), one.embed(given(LAKE))
    assert (block.start, block.dim, vector.shape) == (3, 17, (17,))
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
    assert vector[-1] == 0
    assert np.array_equal(vector, one.embed(given(LAKE)))
    assert not np.array_equal(vector, one.embed(given(Metadata(title="loud party"))))


def test_no_words_are_told_apart_from_words(folder: Path) -> None:
    vector = made(folder).embed(given(Metadata(title="  ", creator="somebody")))
    assert vector[-1] == 1
    assert not vector[:-1].any()


def test_the_fields_that_are_read_are_part_of_the_block(folder: Path) -> None:
    only = made(folder, fields="title")
    assert only.needs.words
    assert only.block(0).fingerprint != made(folder).block(0).fingerprint
    assert np.array_equal(only.embed(given(LAKE)), only.embed(given(Metadata(title="Quiet lake"))))
    with pytest.raises(InputError, match="creator"):
        made(folder, fields="creator").check()


def test_words_are_joined_in_one_order() -> None:
    assert words_of(LAKE, FIELDS) == "Quiet lake\nFog over water.\ncalm fog\nListen."
    assert words_of(LAKE, ("transcript",)) == "Listen."


def test_long_texts_are_cut_and_bounded() -> None:
    assert pieces_of(" \n ") == []
    assert pieces_of("a b") == ["a b"]
    long = pieces_of("word " * (PIECE_WORDS * 2 + 1))
    assert [len(piece.split()) for piece in long] == [PIECE_WORDS, PIECE_WORDS, 1]
    assert len(pieces_of("w " * 10**6)) == MOST_PIECES
    assert max(len(piece) for piece in pieces_of("湖" * 10**5)) < 10**5


def test_a_missing_package_is_named_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "find_spec", lambda _: None)
    with pytest.raises(SetupError, match="needs sentence_transformers") as caught:
        Text(EmbedderSettings()).check()
    assert caught.value.hint == "type: pip install 'vibekit[text]'"


def test_a_hub_that_cannot_be_reached_is_a_matter_of_setting_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("sentence_transformers")
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    settings: dict[str, Any] = {"model": "nobody/no-such-model"}
    with pytest.raises(SetupError, match="cannot be loaded"):
        Text(EmbedderSettings(**settings)).check()


def test_words_that_are_looked_for_lie_where_words_of_videos_lie(folder: Path) -> None:
    one = made(folder)
    assert np.array_equal(one.embed_text("quiet lake"), one.embed(given(Metadata(title="quiet lake"))))
