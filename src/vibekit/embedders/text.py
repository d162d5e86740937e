"""What people wrote about a video and what is said in it, through a sentence-transformers model."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from vibekit.core.embedding import Block
from vibekit.embedders.base import Needs, Place
from vibekit.embedders.hub import check_installed, identity, loading, model_name
from vibekit.embedders.pooling import unit_length
from vibekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.video import Metadata
    from vibekit.embedders.base import EmbedderSettings, Given

MODEL = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
FIELDS = ("title", "description", "hashtags", "transcript")
"""What can be read, in the order of the text."""
PIECE_WORDS = 80
"""A longer text is cut into pieces of so many words: models of sentences ignore what is beyond their length."""
MOST_PIECES = 32
"""Of one text; what comes after is not read."""


class Text:
    """Mean over pieces of the text, of length 1, and one more dimension that is 1 when there are no words at all.

    Args:
        settings: ``model`` (a name on the hub or a folder), ``revision``; options ``fields``, such as
            ``title+transcript`` (all of them by default), and ``device``.
    """

    place: ClassVar[Place] = "threads"
    threads: ClassVar[int] = 1
    paid: ClassVar[bool] = False
    takes: ClassVar[tuple[str, ...]] = ("model", "revision", "fields", "device")

    def __init__(self, settings: EmbedderSettings) -> None:
        self._model, self._revision = settings.model or MODEL, settings.revision
        self._options = dict(settings.options)
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()

    @property
    def needs(self) -> Needs:
        """Words."""
        return Needs(words=True)

    def check(self) -> None:
        """Load the model, from the hub when it is not in its cache yet.

        Raises:
            SetupError: A package is missing, or the model cannot be had.
            InputError: A setting is out of range.
        """
        self._fields()
        self._load()

    def block(self, start: int) -> Block:
        """Say what the block is."""
        loaded = self._load()
        return Block(
            embedder="text",
            start=start,
            dim=loaded.dim + 1,
            normalisation="l2",
            parameters={
                **loaded.parameters, "fields": "+".join(self._fields()), "piece_words": PIECE_WORDS,
                "most_pieces": MOST_PIECES,
            },
        )  # fmt: skip

    def embed(self, given: Given) -> NDArray[np.float32]:
        """Make the vector of one video; a video without words has 1 in its last dimension and 0 elsewhere.

        Raises:
            EmbedError: The model gives no usable numbers.
        """
        return self._of(words_of(given.metadata, self._fields()))

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Make the vector of what is looked for, as if it were what people wrote.

        Raises:
            EmbedError: The model gives no usable numbers.
        """
        return self._of(text)

    def _of(self, text: str) -> NDArray[np.float32]:
        loaded = self._load()
        pieces = pieces_of(text)
        if not pieces:
            return np.append(np.zeros(loaded.dim, np.float32), np.float32(1))
        with self._lock:
            vectors = loaded.model.encode(pieces, batch_size=MOST_PIECES, show_progress_bar=False)
        units = np.stack([unit_length(vector) for vector in np.asarray(vectors)])
        return np.append(unit_length(units.mean(axis=0)), np.float32(0))

    def _fields(self) -> tuple[str, ...]:
        text = self._options.get("fields", "")
        fields = tuple(name.strip() for name in text.split("+")) if text else FIELDS
        if not set(fields) <= set(FIELDS):
            raise InputError(
                f"option fields={text}: not a choice of {', '.join(FIELDS)}", hint="--option fields=title+transcript"
            )
        return tuple(name for name in FIELDS if name in fields)

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                check_installed("sentence_transformers", extra="text")
                self._loaded = _load(model_name(self._model), self._revision, self._options.get("device", ""))
            return self._loaded


def words_of(metadata: Metadata, fields: tuple[str, ...]) -> str:
    """Join what is there, one field a line."""
    parts = []
    for name in fields:
        value = getattr(metadata, name)
        parts.append(" ".join(value) if isinstance(value, tuple) else value)
    return "\n".join(part.strip() for part in parts if part.strip())


def pieces_of(text: str) -> list[str]:
    """Cut a text into pieces of ``PIECE_WORDS`` words, at most ``MOST_PIECES``; none for an empty text.

    A text without spaces (Chinese, Japanese) is cut by letters, four of which count as a word.
    """
    words = [part for word in text.split() for part in _parts(word)]
    pieces = [" ".join(words[at : at + PIECE_WORDS]) for at in range(0, len(words), PIECE_WORDS)]
    return pieces[:MOST_PIECES]


def _parts(word: str) -> list[str]:
    longest = PIECE_WORDS * 4
    return [word[at : at + longest] for at in range(0, len(word), longest)]


class _Loaded:
    """A model with its width, and what can change a vector."""

    def __init__(self, model: Any, name: str) -> None:  # noqa: ANN401 - SentenceTransformer
        self.model = model
        self.dim = len(np.asarray(model.encode(["a"], show_progress_bar=False))[0])
        inner = getattr(model[0], "auto_model", None)
        self.parameters = identity(
            name, commit=str(getattr(getattr(inner, "config", None), "_commit_hash", None) or "")
        )


@lru_cache(maxsize=2)
def _load(name: str, revision: str, device: str) -> _Loaded:
    with loading(name):
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        model = SentenceTransformer(
            name, revision=revision or None, device=device or None, trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )  # fmt: skip
        return _Loaded(model, name)
