"""Checks of the machine and of the set-up; each says what was found and what to type to mend it."""

from __future__ import annotations

import os
import platform
import re
import tempfile
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

from vibekit import __version__
from vibekit.annotators.settings import DEFAULT_MODEL
from vibekit.annotators.table import annotator_class
from vibekit.core.media import FrameSampling, MediaKind, MediaPlan, VerdictState
from vibekit.errors import InputError, ItemError, SetupError, TransientError, VibekitError
from vibekit.formats.address import shown_address
from vibekit.formats.attribute import read_attribute
from vibekit.formats.config import load_settings, unknown_variables
from vibekit.formats.library import list_attributes
from vibekit.stages.annotate.options import AnnotateOptions
from vibekit.stages.checks import Check, Level, bad, fine
from vibekit.stages.memory import memory_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.core.media import Media
    from vibekit.gemini.connection import Connection

LEAST_MEMORY_GB = 2.0
LEAST_DISK_GB = 1.0
DECODE_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorConfig:
    """What to check.

    Attributes:
        online: Ask the service whether key and model are good.
        annotator: Whose service; None takes the one that is set. Naming ``openai`` asks its server too.
        model: The model to ask for; None takes the one that is set.
        base_url: Where the server is; None takes the address that is set.
        folder: Where runs will be written.
        attributes_dir: The user's own definitions.
        config: The settings file.
    """

    online: bool = False
    annotator: str | None = None
    model: str | None = None
    base_url: str | None = None
    folder: Path = Path()
    attributes_dir: Path | None = None
    config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """What was found.

    Attributes:
        version: Of vibekit.
        ready: No check failed.
        checks: In the order in which things are needed.
    """

    version: str
    ready: bool
    checks: tuple[Check, ...]


def doctor(config: DoctorConfig) -> DoctorReport:
    """Run all checks; one that fails does not stop the next."""
    settings, options = _settings(config)
    checks = [
        _python(),
        _packages(),
        _decoder(),
        _decord(),
        settings,
        _attributes(config.attributes_dir),
        _disk(config.folder),
        _machine(),
        *_service(config, options),
    ]
    return DoctorReport(
        version=__version__, ready=all(check.level is not Level.FAIL for check in checks), checks=tuple(checks)
    )


def _python() -> Check:
    return fine("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _packages() -> Check:
    wanted = [need for need in metadata.requires("vibekit") or [] if "extra ==" not in need]
    found, missing = [f"vibekit {__version__}"], []
    for need in wanted:
        name = re.split(r"[^A-Za-z0-9._-]", need, maxsplit=1)[0]
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(need)
    if missing:
        return Check(
            name="packages", level=Level.FAIL, found=f"missing: {', '.join(missing)}",
            mend=f"pip install {' '.join(repr(need) for need in missing)}",
        )  # fmt: skip
    return fine("packages", ", ".join(found))


def _decoder() -> Check:
    """Decode a clip that is made on the spot, as a run would: in a worker process, to JPEG."""
    mend = "pip install --force-reinstall av simplejpeg"
    try:
        frames, seen = _decode_something()
    except (ImportError, OSError, VibekitError) as error:
        return Check(name="decoder", level=Level.FAIL, found=f"does not work: {error}", mend=mend)
    if not seen:
        return Check(name="decoder", level=Level.FAIL, found=f"does not work: {frames}", mend=mend)
    return fine("decoder", frames)


def _decode_something() -> tuple[str, bool]:
    from vibekit.media.pool import MediaPool
    from vibekit.media.synthesis import ClipSpec, Shot, write_clip

    plan = MediaPlan(kind=MediaKind.FRAMES, sampling=FrameSampling(frames=2, long_side=64))
    with tempfile.TemporaryDirectory(prefix="vibekit-doctor-") as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(clip, ClipSpec(shots=(Shot(seconds=1.0),)))
        with MediaPool(1, DECODE_TIMEOUT_S) as pool:
            media: Media = pool.take(clip, plan, 0.0).result(timeout=2 * DECODE_TIMEOUT_S)
    if media.frames is None or media.frames.verdict.state is not VerdictState.OK:
        return (media.frames.verdict.reason if media.frames else "no frames came back"), False
    pictures = [frame.jpeg[:2] == b"\xff\xd8" for frame in media.frames.frames]
    if not pictures or not all(pictures):
        return "the frames are no JPEG pictures", False
    first = media.frames.frames[0]
    return f"{len(pictures)} frames of {first.width}x{first.height} as JPEG, in a worker process", True


def _decord() -> Check:
    if util.find_spec("decord") is None:
        return fine("decord", "not installed; only --decoder decord needs it: pip install 'vibekit[decord]'")
    return fine("decord", "installed")


def _settings(config: DoctorConfig) -> tuple[Check, AnnotateOptions]:
    flags = {"annotator": config.annotator, "model": config.model, "base_url": config.base_url}
    try:
        options = load_settings("annotate", AnnotateOptions(), flags=flags, env=os.environ, config=config.config)
    except InputError as error:
        return bad("settings", error, mend="mend that line"), _given(config)
    try:
        annotator_class(options.annotator)
    except VibekitError as error:
        return bad("settings", error), options
    stray = unknown_variables(os.environ, AnnotateOptions.__dataclass_fields__)
    if stray:
        mend = f"unset {stray[0].split()[0]}"
        return Check(name="settings", level=Level.WARN, found=" ".join(stray), mend=mend), options
    own = options.annotator == "openai" and options.model == DEFAULT_MODEL
    model = "the only one of the server" if own else options.model
    return fine("settings", f"annotator {options.annotator}, model {model}"), options


def _given(config: DoctorConfig) -> AnnotateOptions:
    default = AnnotateOptions()
    return AnnotateOptions(
        annotator=config.annotator or default.annotator,
        model=config.model or default.model,
        base_url=config.base_url,
    )


def _attributes(folder: Path | None) -> Check:
    try:
        listed = list_attributes(folder)
        for entry in listed:
            read_attribute(entry.path)
    except VibekitError as error:
        return bad("attributes", error, mend="vibekit attributes check")
    yours = sum(1 for entry in listed if entry.origin == "yours")
    return fine("attributes", f"{len(listed)} definitions, {yours} of them yours")


def _disk(folder: Path) -> Check:
    where = folder
    while not where.exists() and where != where.parent:
        where = where.parent
    try:
        with tempfile.NamedTemporaryFile(dir=where, prefix=".vibekit-doctor-"):
            free = disk_usage(where).free / 1e9
    except OSError as error:
        found = f"{where.absolute()} cannot be written: {error.strerror}"
        return Check(name="disk", level=Level.FAIL, found=found, mend="work in a folder of your own: cd ~")
    if free < LEAST_DISK_GB:
        found = f"{free:.1f} GB free in {where.absolute()}"
        return Check(name="disk", level=Level.WARN, found=found, mend="make room, or write elsewhere with --out DIR")
    return fine("disk", f"{where.absolute()} can be written, {free:.0f} GB free")


def _machine() -> Check:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    there = memory_bytes()
    memory = None if there is None else there / 1e9
    found = f"{cores} cores" + (f", {memory:.1f} GB of memory" if memory is not None else "")
    if memory is not None and memory < LEAST_MEMORY_GB:
        return Check(name="machine", level=Level.WARN, found=found, mend="decode less at once: --workers 1")
    return fine("machine", found)


def _service(config: DoctorConfig, options: AnnotateOptions) -> list[Check]:
    if options.annotator == "openai":
        from vibekit.stages.doctor_server import server_checks

        # the user's own server: asking it costs no money
        return server_checks(options, ask=config.online or config.annotator == "openai")
    return _gemini(config, options)


def _gemini(config: DoctorConfig, options: AnnotateOptions) -> list[Check]:
    from vibekit.gemini.connection import Connection, resolve

    connection = Connection(
        vertex=options.vertex, project=options.project, location=options.location, base_url=options.base_url,
        timeout_s=30.0,
    )  # fmt: skip
    name = "vertex" if options.vertex else "key"
    try:
        access = resolve(connection)
    except SetupError as error:
        # Without a key the signals, replay and scripted annotators still work.
        level = Level.FAIL if config.online else Level.WARN
        return [bad(name, error, level=level)]
    found = "an API key is set" if access.key else f"project {access.project}, location {access.location}"
    checks = [fine(name, found), fine("address", shown_address(access.base_url) if access.base_url else "Google's own")]
    return [*checks, _online(connection, options.model)] if config.online else checks


def _online(connection: Connection, model: str) -> Check:
    from vibekit.gemini.model_check import check_model

    return _asked(lambda: check_model(connection, model))


def _asked(ask: Callable[[], str]) -> Check:
    mend = "check the network, the address and the model: vibekit doctor --online --model NAME"
    try:
        return fine("service", ask())
    except VibekitError as error:
        return bad("service", error, mend=mend)
    except (TransientError, ItemError) as error:
        return Check(name="service", level=Level.FAIL, found=error.message, mend=mend)
