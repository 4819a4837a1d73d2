"""Expand a path as a shell would: `~`, `$VAR`, `{a,b}` and globs.

A path that exists as typed is that file, whatever characters its name has; so is each leading
folder.
"""

import errno
import glob
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .model import FileState

_MAX_ALTERNATIVES = 1000
_MAX_BRACES = 100
_CLOSED = os.strerror(errno.EACCES)
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
# Prefixes and suffixes of files that editors leave behind.
_LITTER = (("", "~"), (".", ""), ("#", "#"), ("", ".swp"), ("", ".tmp"))


@dataclass(frozen=True, slots=True)
class Missing:
    """A path or pattern that leads to no file, or a directory that hides some, and why."""

    path: str
    reason: str
    state: FileState = FileState.missing


@dataclass(frozen=True, slots=True)
class Expansion:
    """The result of expanding a path.

    `files` includes plain paths of `missing`, where a file may appear later.
    """

    files: tuple[str, ...]
    missing: tuple[Missing, ...]


def expand(typed: str) -> Expansion:
    """Return the files of a typed path in order of its alternatives, those of a glob sorted."""
    files: dict[str, None] = {}
    missing: list[Missing] = []
    try:
        alternatives = _alternatives(typed)
    except ValueError as error:
        return Expansion((), (Missing(typed, str(error)),))
    for path in alternatives:
        found = _files_of(path)
        files.update(dict.fromkeys(found.files))
        missing += found.missing
    return Expansion(tuple(files), tuple(missing))


def _alternatives(typed: str) -> list[str]:
    """Expand the braces of a typed path; raise ValueError."""
    if "\0" in typed:
        raise ValueError("a path cannot hold a NUL character")
    if _exists(typed):
        return [typed]
    folder = _existing_folder(typed)
    rest = typed[len(folder) :]
    if rest.count("{") > _MAX_BRACES:
        raise ValueError(f"it has more than {_MAX_BRACES} braces")
    found = list(islice(_braces(rest), _MAX_ALTERNATIVES + 1))
    if len(found) > _MAX_ALTERNATIVES:
        raise ValueError(f"it stands for more than {_MAX_ALTERNATIVES} paths")
    return [folder + one for one in found if folder + one]


def _files_of(path: str) -> Expansion:
    """Return the files of a path without braces."""
    if not _exists(path):
        folder = _existing_folder(path)
        rest = path[len(folder) :] if folder else os.path.expanduser(path)
        try:
            path = folder + _VARIABLE.sub(_value, rest)
        except ValueError as error:
            return Expansion((), (Missing(path, str(error)),))
    return _files_at(path)


def _existing_folder(path: str) -> str:
    """Return the longest leading folder of a path that exists literally, with its slash."""
    end = len(path)
    while (end := path.rfind("/", 0, end)) > 0:
        if os.path.isdir(path[:end]):
            return path[: end + 1]
    return "/" if path.startswith("/") else ""


def _braces(text: str) -> Iterator[str]:
    """Yield the expansions of braces in a text: `ab` and `ac` for `a{b,c}`."""
    group = _group(text)
    if group is None:
        yield text
        return
    start, parts, end = group
    for part in parts:
        for inner in _braces(part):
            for tail in _braces(text[end:]):
                yield text[:start] + inner + tail


def _group(text: str) -> tuple[int, list[str], int] | None:
    """Return the first braces that contain a comma: their start, parts and end."""
    start = text.find("{")
    while start >= 0:
        cuts, depth = [start], 0
        for place in range(start, len(text)):
            sign = text[place]
            depth += (sign == "{") - (sign == "}")
            if sign == "," and depth == 1:
                cuts.append(place)
            if depth == 0:
                break
        if depth == 0 and len(cuts) > 1 and not text.startswith("$", start - 1, start):
            cuts.append(place)
            parts = [text[cut + 1 : cuts[i + 1]] for i, cut in enumerate(cuts[:-1])]
            return start, parts, place + 1
        start = text.find("{", start + 1)
    return None


def _value(found: re.Match[str]) -> str:
    name = found[1] or found[2]
    if name not in os.environ:
        raise ValueError(f"the environment variable {name} is not set")
    return os.environ[name]


def _files_at(path: str) -> Expansion:
    """Return the files of a path or glob without braces, variables and `~`."""
    if os.path.isdir(path):
        pattern = os.path.join(glob.escape(path), "*.jsonl")
        return Expansion((), (Missing(path, f"is a directory; use {pattern}"),))
    if _exists(path):
        return Expansion((path,), ())
    folder = _existing_folder(path)
    name = path[len(folder) :]
    if not glob.has_magic(name):
        return Expansion((path,), (Missing(path, _why_absent(path)),))
    matches = sorted(glob.glob(glob.escape(folder) + name, recursive=True))
    others = [one for one in matches if not os.path.isdir(one)]
    files = tuple(one for one in others if not is_litter(one, path))
    missing = [Missing(one, _CLOSED, FileState.unreadable) for one in _closed_folders(path, folder)]
    if not files and not missing:
        missing.append(Missing(path, _why_none(path, matches, others)))
    return Expansion(files, tuple(missing))


def _closed_folders(path: str, folder: str) -> Iterator[str]:
    """Yield the directories that a glob would silently skip for lack of permission.

    `folder` is the part of the path that exists literally.
    """
    end = len(folder) - 1 if folder else path.find("/")
    while end >= 0:
        step = path[end + 1 :].partition("/")[0]
        is_listed = glob.has_magic(step) or path[:end].endswith("**")
        wanted = os.X_OK | (os.R_OK if is_listed else 0)
        pattern = glob.escape(folder) + path[len(folder) : end + 1]
        for one in sorted(glob.glob(pattern, recursive=True)):
            if not os.access(one, wanted):
                yield one
        end = path.find("/", end + 1)


def is_litter(path: str, pattern: str) -> bool:
    """Return True if an editor left this file, unless the pattern names such files."""
    name, wanted = os.path.basename(path), os.path.basename(pattern)
    return any(
        _is_enclosed(name, begin, end) and not _is_enclosed(wanted, begin, end)
        for begin, end in _LITTER
    )


def _is_enclosed(name: str, begin: str, end: str) -> bool:
    return name.startswith(begin) and name.endswith(end) and len(name) >= len(begin + end)


def _exists(path: str) -> bool:
    """Return True if something has this name, even a broken link."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        # Unknown: assume so for a name without wildcards, which opening will check.
        return not glob.has_magic(path)
    return True


def _why_absent(path: str) -> str:
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        return f"there is no directory {folder}"
    return "there is no such file"


def _why_none(pattern: str, matches: list[str], others: list[str]) -> str:
    """Return why no file that can be read matches a glob."""
    if others:
        return "only editors' backups and hidden files match"
    if matches:
        return f"only directories match; use {os.path.join(pattern, '*.jsonl')}"
    folder = _existing_folder(pattern)
    step, slash, _ = pattern[len(folder) :].partition("/")
    if slash and not glob.has_magic(step):
        return f"there is no directory {folder}{step}"
    return "no file matches"
