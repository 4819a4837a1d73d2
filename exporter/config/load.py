"""Load the configuration file and merge it with the options."""

from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..values.texts import as_label
from . import document, schema
from .commands import COMMANDS
from .faults import Faults, quotable
from .model import Config, Source, Storage, Web
from .options import Options

MAX_BYTES = 10 << 20
STDIN = "-"


def load(path: Path | None, options: Options) -> Config:
    """Return the file's configuration overridden by the options.

    Raises `ConfigError` with every fault of both.
    """
    command = COMMANDS[options.command]
    typed = Faults("command line")
    faults = Faults(str(path))
    settings = _read(path, faults) if path else {}
    in_file = settings.get("sources", ())
    configured = () if command.files_only else in_file
    named = _command_line_sources(
        options.files if command.files_are_sources else (), configured, typed
    )
    # A list of sources that could not be read has its own faults.
    if command.needs_sources and not (configured or named or faults or typed):
        typed.add((), "nothing to read: name a file or configure sources")
    texts = faults.texts() + typed.texts()
    if texts:
        raise ConfigError(texts)
    sources = {"sources": configured + named, "configured": in_file}
    return Config(**{**settings, **_overridden(settings, options), **sources})


def _read(path: Path, faults: Faults) -> dict[str, Any]:
    return schema.read(document.parse(_text(path, faults), faults), faults)


def _text(path: Path, faults: Faults) -> str:
    """Return the file's text; if it can't be read add a fault and return an empty text."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            return content.decode("utf-8-sig")
        faults.add((), f"must not be larger than {MAX_BYTES >> 20} MiB")
    except OSError as error:
        faults.add((), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.add((), "must be UTF-8")
    return ""


def _command_line_sources(
    arguments: tuple[str, ...], configured: tuple[Source, ...], faults: Faults
) -> tuple[Source, ...]:
    """Return the command line's sources, each named as it was typed."""
    names = {source.name for source in configured}
    stdin = any(source.type == "stdin" for source in configured)
    for argument in arguments:
        if not argument.strip():
            faults.add((), "a file's name must not be blank")
        elif as_label(argument) in names or (argument == STDIN and stdin):
            faults.add((), f'"{quotable(argument)}" is a source already')
        names.add(as_label(argument))
    return tuple(map(_source, arguments))


def _source(argument: str) -> Source:
    if argument == STDIN:
        return Source(name=STDIN, type="stdin")
    # A file's name may hold any bytes, a label value must not.
    return Source(name=as_label(argument), type="file", path=argument)


def _overridden(settings: dict[str, Any], options: Options) -> dict[str, Any]:
    storage = {
        "path": options.default_storage_path,
        **settings.get("storage", {}),
        **_given(path=options.storage_path, on_corruption=options.on_corruption),
    }
    web = {
        **settings.get("web", {}),
        **_given(listen_address=options.listen_address, enable_lifecycle=options.enable_lifecycle),
    }
    return {"storage": Storage(**storage), "web": Web(**web)}


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
