"""Runs a stage over shards on Ray Data: the same class, the same shards and the same bytes as on one machine.

Each worker makes whole shards and puts them under their final names, so that a job that was killed, or was begun on
another engine, is finished by running it again. Workers need to see the folders under the same paths.
"""

from __future__ import annotations

import logging
import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from vibekit.engines.local import ShardDone, run_local, shard_key
from vibekit.errors import SetupError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from vibekit.engines.base import RowStage
    from vibekit.engines.local import ShardForm, ShardJob

QUIET = {"RAY_DATA_DISABLE_PROGRESS_BARS": "1", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Variables for a Ray that is started here; the progress is the command's own."""

KNOCK_S = 10.0
"""Seconds that the head of a cluster has to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RayPlace:
    """Where a stage runs.

    Attributes:
        address: Of a running cluster, as ``ray.init`` takes it; empty to start one on this machine.
        workers: Processes; 0 for as many as fit, but no more than there are shards.
        processors: That each one uses.
    """

    address: str = ""
    workers: int = 0
    processors: float = 1


class _Worker:
    """Makes whole shards in a process of Ray's; the stage is made once."""

    def __init__(
        self, make: Callable[[], RowStage], jobs: tuple[ShardJob, ...], *, folder: Path, form: ShardForm
    ) -> None:
        self._stage = make()
        self._jobs, self._folder, self._form = jobs, folder, form

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Make the shards with these numbers; returns the key of each."""
        numbers = batch.column("number").to_pylist()
        jobs = [self._jobs[number] for number in numbers]
        done = run_local(self._stage, jobs, folder=self._folder, form=self._form)
        return pa.table({"number": numbers, "key": [one.key for one in done]})


def run_ray(
    make: Callable[[], RowStage],
    jobs: Sequence[ShardJob],
    *,
    stage: str,
    folder: Path,
    form: ShardForm,
    place: RayPlace,
    advance: Callable[[int], object] = lambda _: None,
) -> Iterator[ShardDone]:
    """Make shards on Ray, in any order; what is finished is found by its key and skipped.

    Args:
        make: Makes the stage in a worker; pickled.
        jobs: Pickled; their ``tables`` read from where every worker can.
        stage: Fingerprint of the stage that ``make`` makes.
        folder: Where the shards go; the same path on every worker.
        form: How they are stored.
        place: Where it runs.
        advance: Told how many rows are done, also those of a shard that is skipped.

    Yields:
        Each shard once it is whole under its final name.

    Raises:
        SetupError: Ray is not installed, the cluster cannot be reached, or a worker failed.
        UsageError: A worker is to have more processors than there are.
    """
    keys = [shard_key(stage, job) for job in jobs]
    paths = [folder / f"{job.name}{form.suffix}" for job in jobs]
    there = [path.exists() and form.key(path) == key for path, key in zip(paths, keys, strict=True)]
    for job, path, key, skipped in zip(jobs, paths, keys, there, strict=True):
        if skipped:
            advance(job.rows)
            yield ShardDone(name=job.name, path=path, key=key, rows=job.rows, skipped=True)
    missing = [number for number, skipped in enumerate(there) if not skipped]
    if not missing:
        return
    with _ray(place) as ray:
        for number, key in _made(ray, make, tuple(jobs), missing, folder=folder, form=form, place=place):
            if key != keys[number] or form.key(paths[number]) != key:
                raise SetupError(
                    f"a worker wrote another {paths[number].name} than the one that is asked for",
                    hint=f"have all workers see {folder} under this path, with the same version of vibekit",
                )
            job = jobs[number]
            advance(job.rows)
            yield ShardDone(name=job.name, path=paths[number], key=key, rows=job.rows, skipped=False)


def _made(
    ray: Any,  # noqa: ANN401 - the module
    make: Callable[[], RowStage],
    jobs: tuple[ShardJob, ...],
    missing: list[int],
    *,
    folder: Path,
    form: ShardForm,
    place: RayPlace,
) -> Iterator[tuple[int, str]]:
    """Yield number and key of each shard as it is made."""
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    there = ray.cluster_resources().get("CPU", 1)
    # a cluster may grow; a machine does not, and Ray would wait for ever
    if not place.address and place.processors > there:
        raise UsageError(
            f"{place.processors} threads a worker, and this machine has {there:.0f} processors", hint="lower --threads"
        )
    fit = max(int(there // place.processors), 1)
    workers = min(place.workers or fit, len(missing))
    data = ray.data.from_arrow([pa.table({"number": [number]}) for number in missing])
    made = data.map_batches(
        _Worker,
        fn_constructor_args=(make, jobs),
        fn_constructor_kwargs={"folder": folder, "form": form},
        batch_size=1,
        batch_format="pyarrow",
        num_cpus=place.processors,
        compute=ray.data.ActorPoolStrategy(size=workers),
    )
    for row in made.iter_rows():
        yield int(row["number"]), str(row["key"])


def _knock(address: str) -> None:
    """Raise when nobody listens at ``host:port``; Ray itself would go on trying for very long."""
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=KNOCK_S).close()
    except OSError as error:
        raise SetupError(
            f"no Ray at {address}: {error.strerror or error}", hint="start one there with: ray start --head"
        ) from error


@contextmanager
def _ray(place: RayPlace) -> Iterator[Any]:
    """Start or reach Ray, and leave it again however this ends: a session of its own leaves twenty processes."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise SetupError("the engine ray needs Ray", hint="pip install 'vibekit[ray]'") from error
    _knock(place.address)
    try:
        ray.init(
            address=place.address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=None if place.address else False,
            ignore_reinit_error=False,
        )
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        where = f"at {place.address}" if place.address else "on this machine"
        raise SetupError(f"no Ray {where}: {first}", hint="start one with: ray start --head") from error
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield ray
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        first = str(cause).strip().splitlines()[-1] if str(cause).strip() else type(cause).__name__
        raise SetupError(
            f"a worker of Ray failed: {first}",
            hint="what is finished is kept: mend it and run the same command again, or leave --engine ray out",
        ) from error
    finally:
        with suppress(Exception):
            ray.shutdown()
