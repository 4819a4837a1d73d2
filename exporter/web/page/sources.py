"""The state of each source and file, as HTML."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ...formats.matches import Unmatched
from ...pipeline.first_lines import SourceLines, remedy_of
from ...pipeline.mapping_troubles import REMEDY
from ...sources import FileState, FileStatus, SourceStatus
from .health import Health
from .words import card, details, moment, none, row, safe, table, text

SHOWN_FILES = 200
_GOOD = (FileState.reading, FileState.done, FileState.copy)

_FILE_HEADS = (
    ("", "Source"),
    ("", "File"),
    ("", "State"),
    ("num", "Bytes read"),
    ("num", "Bytes to read"),
    ("", "Last error"),
)


def sources(health: Health) -> str:
    """Return the sources and the files; files in trouble are first, and not folded."""
    found = "".join(
        _source(one, health.lines.get(one.source), health.unmatched.get(one.source))
        for one in health.sources
    )
    listed = f'<ul class="sources">\n{found}</ul>\n'
    content = listed if found else none("No source is configured.")
    content += _ids(health.ids) + "".join(_files(health.files))
    return card("Sources", content, kind="card two")


def _ids(ids: Mapping[str, Mapping[str, int]]) -> str:
    """Return the generation ids by result; empty without a source of them."""
    if not ids:
        return ""
    told = (
        (text(name), ", ".join(f"{number:,} {text(word)}" for word, number in numbers.items()))
        for name, numbers in ids.items()
    )
    return f"<h2>Generation ids since the start</h2>\n{details(told)}"


def _source(status: SourceStatus, lines: SourceLines | None, unmatched: Unmatched | None) -> str:
    numbers = (_number(state, number) for state, number in status.files.items() if number)
    read = f", last read {moment(int(status.last_read) * 1000)} UTC" if status.last_read else ""
    troubles = "".join(
        f"<li>{safe(one)}</li>\n" for one in (*_rejected(lines), *_unmatched(unmatched))
    )
    # Not masked: a source's name is configured.
    return (
        f"<li><p><b>{text(status.source)}</b> <code>{safe(status.path)}</code></p>\n"
        f"<p>{_left(status, ', '.join(numbers) or 'none')}{read}.</p>\n"
        + (f'<ul class="plain warn">\n{troubles}</ul>\n' if troubles else "")
        + "</li>\n"
    )


def _left(status: SourceStatus, numbers: str) -> str:
    """Return the number of files or partitions, and what is left to read."""
    if not status.partitions:
        return f"Files: {numbers}. Bytes to read: {status.lag_bytes:,}"
    lag, skipped = (
        sum(getattr(one, name) for one in status.partitions) for name in ("lag", "skipped")
    )
    lost = f'<span class="bad">Skipped messages: {skipped:,}</span>. ' if skipped else ""
    return f"Partitions: {numbers}. {lost}Messages to read: {lag:,}"


def _number(state: FileState, number: int) -> str:
    told = f"{number:,} {state.value}"
    return told if state in _GOOD else f'<span class="bad">{told}</span>'


def _unmatched(unmatched: Unmatched | None) -> Iterator[str]:
    """Yield a text about fields of a mapping that match nothing, and the records' fields."""
    if unmatched is not None:
        fields, seen = ", ".join(unmatched.fields), ", ".join(unmatched.seen)
        yield f"the mapping matches nothing for {fields}; the records have {seen}: {REMEDY}"


def _rejected(lines: SourceLines | None) -> Iterator[str]:
    """Yield texts with the numbers of rejected lines by reason, and the place of the first."""
    if lines is None:
        return
    for reason, one in lines.rejected.items():
        place = f"the first in {one.file} at byte {one.offset:,}"
        yield f"rejected, {reason.value}: {one.lines:,}, {place}"
    if lines.is_all_invalid:
        reason, _ = lines.most_frequent
        yield f"none of {lines.lines:,} lines is a valid record: {remedy_of(reason)}"


def _files(files: Sequence[FileStatus]) -> Iterator[str]:
    troubled = [one for one in files if _is_troubled(one)]
    good = (one for one in files if not _is_troubled(one))
    shown = list(islice(troubled, SHOWN_FILES))
    others = list(islice(good, SHOWN_FILES - len(shown)))
    if shown:
        yield "<h2>Files in trouble</h2>\n" + _table("Files in trouble", "troubled", shown)
    if others:
        number = len(files) - len(troubled)
        folded = _table("Files that are read", "read", others)
        yield '<details id="others"><summary id="fold">'
        yield f"Files that are read: {number:,}</summary>\n{folded}</details>\n"
    more = len(files) - len(shown) - len(others)
    if more:
        yield f'<p class="soft">And {more:,} more files.</p>\n'


def _is_troubled(file: FileStatus) -> bool:
    return file.state not in _GOOD or bool(file.last_error)


def _table(name: str, identity: str, files: Sequence[FileStatus]) -> str:
    return table(name, identity, _FILE_HEADS, "".join(map(_file, files)))


def _file(file: FileStatus) -> str:
    state = file.state.value
    return row(
        (
            ("text", text(file.source)),
            ("text", safe(file.path)),
            ("", state if file.files == 1 else f"{file.files:,} {state}"),
            ("num", f"{file.offset:,}"),
            ("num", f"{file.partition.lag if file.partition else file.lag_bytes:,}"),
            ("text", safe(file.last_error)),
        )
    )
