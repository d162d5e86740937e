"""An index on disk: opened, followed, and kept while it is replaced."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.indexed import built, random_vectors, write_vectors
from vibekit.errors import InputError
from vibekit.formats.index import read_index
from vibekit.retrieval import open_index
from vibekit.retrieval.open import open_snapshot
from vibekit.stages.index.add import add
from vibekit.stages.index.config import AddConfig

NAMES = [f"v{i}" for i in range(60)]


def test_an_index_is_opened_and_searched(tmp_path: Path) -> None:
    built(tmp_path, names=NAMES)
    vectors = random_vectors(NAMES)
    searcher = open_index(tmp_path / "i")
    answers = searcher.search(np.stack([vectors[name] for name in NAMES]), k=3)
    assert [answer.ids[0] for answer in answers] == NAMES
    assert answers[0].generation == searcher.manifest.generation == read_index(tmp_path / "i").generation
    assert answers[0].scores[0] == pytest.approx(1, abs=1e-5)


def test_a_searcher_follows_or_keeps_its_generation(tmp_path: Path) -> None:
    built(tmp_path, names=NAMES)
    keeping, following = open_index(str(tmp_path / "i")), open_index(tmp_path / "i", follow=True)
    more = random_vectors(["new"], seed=9)
    write_vectors(tmp_path / "more", more)
    add(AddConfig(index=tmp_path / "i", embeddings=tmp_path / "more"))
    assert following.search(more["new"], k=1)[0].ids == ("new",)
    assert keeping.search(more["new"], k=1)[0].ids != ("new",)
    assert keeping.refresh()
    assert keeping.search(more["new"], k=1)[0].ids == ("new",)
    assert not keeping.refresh()


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        open_index(tmp_path / "i")
    with pytest.raises(InputError, match="no index in it"):
        open_index(tmp_path)


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    from vibekit.formats.index import write_generation

    built(tmp_path, names=NAMES)
    manifest = read_index(tmp_path / "i")
    write_generation(tmp_path / "i", replace(manifest, rows=manifest.rows + 1))
    with pytest.raises(InputError, match="60 x 8 numbers, not 61 x 8"):
        open_snapshot(tmp_path / "i")


def test_an_index_that_was_deleted_and_built_again_is_followed(tmp_path: Path) -> None:
    import shutil

    built(tmp_path, names=NAMES)
    follower, holder = open_index(tmp_path / "i", follow=True), open_index(tmp_path / "i")
    query = np.ones(8)
    before = holder.search(query, k=60)
    shutil.rmtree(tmp_path / "i")
    shutil.rmtree(tmp_path / "e")
    built(tmp_path, names=["other-1", "other-2"])
    assert read_index(tmp_path / "i").generation == before[0].generation
    assert set(follower.search(query, k=60)[0].ids) == {"other-1", "other-2"}
    assert holder.search(query, k=60) == before
    assert holder.refresh()
    assert not holder.refresh()
