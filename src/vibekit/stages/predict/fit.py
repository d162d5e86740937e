"""Whether a student may look at these embeddings at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.embedding import Block, EmbeddingSpace
    from vibekit.core.student import Student


def refuse_other_space(student: Student, space: EmbeddingSpace, path: Path) -> None:
    """Raise when the student was trained on vectors that mean something else.

    Raises:
        InputError: It was; says what differs.
    """
    if student.space == space.fingerprint and student.dim == space.dim:
        return
    raise InputError(
        f"the student was trained on other embeddings: {_difference(student, space)}", path=path,
        hint=f"embed the videos as the student saw them (--embedder {student.embedder}), or train on these",
    )  # fmt: skip


def _difference(student: Student, space: EmbeddingSpace) -> str:
    names = [block.embedder for block in student.blocks], [block.embedder for block in space.blocks]
    if student.embedder != space.name or (student.blocks and names[0] != names[1]):
        return f"{student.embedder} with {student.dim} dimensions, these are {space.name} with {space.dim}"
    if student.dim != space.dim:
        return f"{student.dim} dimensions, these have {space.dim} (both {space.name})"
    for was, now in zip(student.blocks, space.blocks, strict=False):
        if was.fingerprint != now.fingerprint:
            return _block_difference(was, now)
    return f"both are {space.name} with {space.dim} dimensions, but with other parameters ({student.space}, these are {space.fingerprint})"  # noqa: E501


def _block_difference(was: Block, now: Block) -> str:
    if was.dim != now.dim:
        return f"the block {was.embedder} had {was.dim} dimensions, here it has {now.dim}"
    if was.normalisation != now.normalisation:
        return f"the block {was.embedder} was normalised by {was.normalisation}, here by {now.normalisation}"
    before, after = dict(was.parameters), dict(now.parameters)
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    told = [f"{key} was {before.get(key, 'not there')}, here {after.get(key, 'not there')}" for key in keys]
    return f"of the block {was.embedder} {'; '.join(told)}"
