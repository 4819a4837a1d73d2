"""A configuration file and the options in, the merged `Config` out, or a `ConfigError`."""

from pathlib import Path
from typing import Any

from ..commands import COMMANDS
from ..errors import ConfigError
from ..options import Options
from . import document, schema
from .faults import Faults, quotable
from .model import Config, Source, Storage, Web

MAX_BYTES = 10 << 20
STDIN = "-"


def load(path: Path | None, options: Options) -> Config:
    """What the file says, overridden by the options; every fault at once."""
    command = COMMANDS[options.command]
    typed = Faults("command line")
    faults = Faults(str(path))
    settings = _read(path, faults) if path else {}
    configured = () if command.files_only else settings.get("sources", ())
    named = _named(options.files, configured, typed)
    # A faulty list of sources has its own faults.
    if command.needs_sources and not (configured or named or faults or typed):
        typed.add((), "nothing to read: name a file or configure sources")
    texts = faults.texts() + typed.texts()
    if texts:
        raise ConfigError(texts)
    return Config(**{**settings, **_overridden(settings, options), "sources": configured + named})


def _read(path: Path, faults: Faults) -> dict[str, Any]:
    return schema.read(document.parse(_text(path, faults), faults), faults)


def _text(path: Path, faults: Faults) -> str:
    """The file's text; empty where it has none, which is a fault."""
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


def _named(
    arguments: tuple[str, ...], configured: tuple[Source, ...], faults: Faults
) -> tuple[Source, ...]:
    """The command line's sources; each is called what it was typed as."""
    names = {source.name for source in configured}
    stdin = any(source.type == "stdin" for source in configured)
    for argument in arguments:
        if not argument.strip():
            faults.add((), "a file's name must not be blank")
        elif argument in names or (argument == STDIN and stdin):
            faults.add((), f'"{quotable(argument)}" is a source already')
        names.add(argument)
    return tuple(map(_source, arguments))


def _source(argument: str) -> Source:
    if argument == STDIN:
        return Source(name=STDIN, type="stdin")
    # A file's name need not be UTF-8, a label's value must.
    name = argument.encode(errors="surrogateescape").decode(errors="replace")
    return Source(name=name, type="file", path=argument)


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
