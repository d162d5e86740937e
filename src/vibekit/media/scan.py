"""Finds the videos in folders and globs. Looks at names and at what the file system says; opens no file."""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

VIDEO_SUFFIXES = frozenset({
    ".3g2", ".3gp", ".apng", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".m1v", ".m2ts", ".m2v", ".m4v",
    ".mkv", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".ogm", ".ogv", ".qt", ".rm", ".rmvb", ".ts",
    ".vob", ".webm", ".wmv", ".y4m",
})  # fmt: skip
"""Suffixes, lower-case, that make a file in a folder a video; a file that is named by itself may have any."""

_SPECIAL = {
    stat.S_ISFIFO: "a named pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One file to annotate.

    Attributes:
        path: As the source spelt it, joined with the names below it.
        problem: Why it can never be decoded; empty when it is a regular file.
    """

    path: Path
    problem: str = ""


@dataclass(slots=True)
class Scan:
    """What a folder or a glob holds.

    Attributes:
        found: The videos, sorted by the bytes of their paths.
        ignored: Suffix -> how many files of that suffix are no videos; '' for none.
    """

    found: list[Found] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


def is_video_name(name: str) -> bool:
    """Tell by the suffix whether a name in a folder is a video."""
    return os.path.splitext(name)[1].lower() in VIDEO_SUFFIXES  # noqa: PTH122 - called once for every file


def look_at(path: Path) -> Found:
    """Say of one path whether it can be a video at all; never opens it."""
    return Found(path=path, problem=_problem(path))


def scan_folder(folder: Path) -> Scan:
    """Find the videos in a folder and below it, sorted by the bytes of their paths.

    Hidden names are skipped. A link to a folder is followed once; a loop ends there. Pipes, sockets, devices, dead
    links and folders that cannot be listed are found with a problem, so that nothing is lost in silence.
    """
    scan = Scan()
    for path, entry_problem in _walk(folder):
        _file(scan, path, problem=entry_problem)
    scan.found.sort(key=lambda found: os.fsencode(found.path))
    return scan


def scan_glob(pattern: str) -> Scan:
    """Find the videos that a pattern such as ``clips/**/*.mp4`` matches, sorted by the bytes of their paths.

    A folder that matches is walked. Of the files, those are taken that are videos by their suffix, or any when the
    pattern itself ends in a plain suffix.
    """
    scan = Scan()
    named = bool(suffix := os.path.splitext(pattern)[1]) and not glob.has_magic(suffix)  # noqa: PTH122
    seen: set[str] = set()
    for path in _matches(pattern):
        below = _walk(path) if os.path.isdir(path) else [(path, "")]  # noqa: PTH112 - Path.is_dir raises where it may not look
        for file, problem in below:
            if str(file) not in seen:
                seen.add(str(file))
                _file(scan, file, problem=problem, named=named)
    scan.found.sort(key=lambda found: os.fsencode(found.path))
    return scan


def _file(scan: Scan, path: Path, *, problem: str, named: bool = False) -> None:
    if problem:
        scan.found.append(Found(path=path, problem=problem))
        return
    video = named or is_video_name(path.name)
    problem = _problem(path)
    if video or problem.startswith(("a named pipe", "a socket", "a device")):
        scan.found.append(Found(path=path, problem=problem))
    else:
        scan.ignored[path.suffix.lower()] += 1


def _problem(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        return _unreachable(path, error)
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return "a folder, not a video file"
    return next((f"{what}, not a video file" for is_it, what in _SPECIAL.items() if is_it(mode)), "not a file")


def _unreachable(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "not a possible file name"
    if path.is_symlink():
        return "a link that leads nowhere"
    return "no such file" if isinstance(error, FileNotFoundError) else f"cannot be reached: {error.strerror}"


def _walk(folder: Path) -> list[tuple[Path, str]]:
    """List the files below a folder, hidden ones left out; linked folders come last, so real names are preferred."""
    files: list[tuple[Path, str]] = []
    visited: set[tuple[int, int]] = set()
    real, linked = [folder], list[Path]()
    while real or linked:
        current = real.pop() if real else linked.pop(0)
        try:
            info = current.stat()
            if (info.st_dev, info.st_ino) in visited:
                continue
            visited.add((info.st_dev, info.st_ino))
            with os.scandir(current) as entries:
                listed = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: os.fsencode(e.name))
        except OSError as error:
            files.append((current, f"a folder that cannot be listed: {error.strerror}"))
            continue
        for entry in listed:
            path = current / entry.name
            if not _is_folder(entry):
                files.append((path, ""))
            else:
                (linked if entry.is_symlink() else real).append(path)
    return files


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A loop of links: no folder, and looked at again as a file.
        return False


def _matches(pattern: str) -> list[Path]:
    if "**" not in pattern:
        return [Path(match) for match in glob.glob(pattern)]  # noqa: PTH207 - the pattern may be absolute
    # glob's own ** follows a loop of links until the kernel refuses, and lists every file forty times.
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    base = Path(*parts[:fixed])
    if not os.path.isdir(base):  # noqa: PTH112
        return []
    rest = parts[fixed:]
    return [path for path, _ in _walk(base) if _fits(path.relative_to(base).parts, rest)]


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or bool(parts and _fits(parts[1:], pattern)) or pattern == ("**",)
    return bool(parts) and fnmatch.fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])
