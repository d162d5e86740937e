"""``vibekit index search``: queries in, the nearest videos among those that a restriction lets through out."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.media import FrameSampling
from vibekit.core.restriction import canonical
from vibekit.core.restriction_bind import read_restriction
from vibekit.core.restriction_error import RestrictionError
from vibekit.core.search import SearchReport, SearchResult
from vibekit.errors import InputError, UsageError
from vibekit.formats.atomic import write_text
from vibekit.formats.results_table import check_suffix, write_results
from vibekit.formats.vectors_ids import read_ids
from vibekit.retrieval.open import open_snapshot
from vibekit.retrieval.searcher import MOST, Searcher
from vibekit.retrieval.seen import Seen
from vibekit.stages.index.query import queries_of
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.index import Answer
    from vibekit.stages.index.query import Query
    from vibekit.stages.index.search_config import SearchConfig
    from vibekit.stages.progress import Progress

DESCRIBED = 2000
"""Results up to which their labels are looked up."""
PATHED = 200_000
"""Results up to which their files are."""
PICTURE = FrameSampling(frames=1, long_side=320, quality=70)
"""From the middle of each video."""


def search(config: SearchConfig, *, progress: Progress | None = None) -> SearchReport:
    """Search an index.

    Args:
        config: What is asked for.
        progress: Told how far it is.

    Raises:
        UsageError: A restriction cannot be understood, or a number is out of its range.
        InputError: The index is damaged, or a query cannot be read or does not fit it.
        SetupError: A package or a model is missing that embeds a video or a text.
    """
    progress = progress or Silent()
    _check(config)
    snapshot = open_snapshot(config.index)
    searcher, seen = Searcher(snapshot, memory=config.memory), Seen(config.index, snapshot)
    texts = {config.restrict: _canonical(config.restrict, searcher)}
    exclude = _listed(config.exclude, "--exclude") or frozenset()
    allow = _listed(config.allow, "--allow")
    queries = queries_of(config, searcher, seen)
    for query in queries:
        _check_row(query, config.batch)
        if query.restrict not in texts:
            texts[query.restrict] = _canonical(query.restrict, searcher, where=config.batch, line=query.line)
    started = time.monotonic()
    progress.begin("queries", len(queries))
    results: list[SearchResult] = []
    for group in _groups(queries):
        answers = _answers(config, searcher, group, exclude=exclude, allow=allow)
        results += [_result(query, answer, texts[query.restrict]) for query, answer in zip(group, answers, strict=True)]
        progress.advance(len(group))
    progress.end()
    seconds = time.monotonic() - started
    report = _report(config, searcher, _described(results, seen), seconds)
    warnings = tuple(_strangers({"--exclude": exclude, "--allow": allow}, seen))
    return _written(config, replace(report, warnings=warnings), progress)


def _check(config: SearchConfig) -> None:
    if not 1 <= config.k <= MOST:
        raise UsageError(f"-k {config.k}: the number of results is 1 to {MOST:,}", hint="leave it out for 10")
    if not 0 <= config.diverse <= 1:
        raise UsageError(f"--diverse {config.diverse}: from 0, the nearest, to 1, the most unlike", hint="try 0.3")
    if config.out is not None:
        check_suffix(config.out)


def _check_row(query: Query, batch: Path | None) -> None:
    if not 1 <= query.k <= MOST:
        raise InputError(f"k is {query.k}", path=batch, line=query.line, hint=f"from 1 to {MOST:,}")


def _canonical(typed: str, searcher: Searcher, *, where: Path | None = None, line: int = 0) -> str:
    """Read a restriction before anything is embedded or searched."""
    manifest = searcher.manifest
    try:
        return canonical(read_restriction(typed, attributes=manifest.attributes, columns=manifest.columns))
    except RestrictionError as error:
        if where is None:
            raise
        told = InputError(error.message, path=where, line=line, hint=error.hint)
        told.context = error.context
        raise told from error


def _listed(path: Path | None, flag: str) -> frozenset[str] | None:
    if path is None:
        return None
    if not path.is_file():
        raise InputError("no such file", path=path, hint=f"{flag} takes a text file with one id a line, or a table")
    return frozenset(str(one) for one in read_ids(path).to_pylist())


def _strangers(lists: dict[str, frozenset[str] | None], seen: Seen) -> Iterator[str]:
    """Say when a list of ids has little to do with the index: it would be without effect in silence."""
    for flag, ids in lists.items():
        here = len(seen.known(sorted(ids))) if ids else 0
        if ids and not here:
            yield f"{flag}: none of its {len(ids):,} ids is in the index, such as {min(ids)}"
        elif ids and here < len(ids):
            yield f"{flag}: {len(ids) - here:,} of its {len(ids):,} ids are not in the index"


def _groups(queries: list[Query]) -> Iterator[list[Query]]:
    """Yield runs of queries that one call can answer."""
    group: list[Query] = []
    for query in queries:
        if group and _key(group[0]) != _key(query):
            yield group
            group = []
        group.append(query)
    if group:
        yield group


def _key(query: Query) -> tuple[object, ...]:
    return query.restrict, query.k, query.exclude, bool(query.problem)


def _answers(
    config: SearchConfig,
    searcher: Searcher,
    group: list[Query],
    *,
    exclude: frozenset[str],
    allow: frozenset[str] | None,
) -> list[Answer | None]:
    if group[0].problem:
        return [None] * len(group)
    first = group[0]
    return list(
        searcher.search(
            np.stack([query.vector for query in group if query.vector is not None]),
            k=first.k,
            restrict=first.restrict,
            exact=config.exact,
            exclude=exclude | first.exclude,
            allow=allow,
            diverse=config.diverse,
        )
    )


def _result(query: Query, answer: Answer | None, restrict: str) -> SearchResult:
    result = SearchResult(query=query.name, by=query.by, restrict=restrict, k=query.k, asked=query.asked)
    if answer is None:
        return replace(result, problem=query.problem)
    return replace(
        result,
        ids=answer.ids,
        scores=answer.scores,
        plan=answer.plan,
        matched=answer.matched,
        scanned=answer.scanned,
        expected_recall=answer.expected_recall,
        note=answer.note,
    )


def _described(results: list[SearchResult], seen: Seen) -> tuple[SearchResult, ...]:
    ids = [one for result in results for one in result.ids]
    if len(ids) > PATHED:
        return tuple(results)
    videos = iter(seen.of(ids, labels=len(ids) <= DESCRIBED))
    return tuple(replace(result, found=tuple(next(videos) for _ in result.ids)) for result in results)


def _report(
    config: SearchConfig, searcher: Searcher, results: tuple[SearchResult, ...], seconds: float
) -> SearchReport:
    manifest = searcher.manifest
    return SearchReport(
        index=str(config.index),
        generation=manifest.generation,
        videos=manifest.videos,
        embedder=manifest.embedder,
        metric=manifest.metric,
        attributes=tuple(one.name for one in manifest.attributes),
        results=results,
        failed=sum(bool(one.problem) for one in results),
        seconds=round(seconds, 3),
        out="" if config.out is None else str(config.out),
        html="" if config.html is None else str(config.html),
    )


def _written(config: SearchConfig, report: SearchReport, progress: Progress) -> SearchReport:
    if config.html is not None:
        from vibekit.reports.contact_sheet import contact_sheet, shown_videos
        from vibekit.stages.pictures import pictures_of

        videos = list(shown_videos(report))
        taken = pictures_of({one.video_id: one.path for one in videos}, PICTURE, progress)
        pictures = {video_id: jpegs[0] for video_id, jpegs in taken.items()}
        write_text(config.html, contact_sheet(report, pictures))
        missing = len({one.video_id for one in videos} - set(pictures))
        if missing:
            said = f"{missing} videos are shown without a picture: their files are not where they were embedded"
            report = replace(report, warnings=(*report.warnings, said))
    if config.out is not None:
        write_results(config.out, report)
    return report
