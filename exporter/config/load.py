"""Load the configuration file and merge it with the options."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..secret import SecretError, SecretPlace
from ..values.masking import masked
from ..values.texts import as_label
from . import document, kafka, schema, secret
from .commands import COMMANDS, Command
from .faults import Faults, quotable
from .faults import Path as Steps
from .file_text import read_text
from .flags import WEB_FILE_FLAG
from .hash_key import hash_key, is_needed
from .model import Config, Source, Storage, Web
from .options import Options
from .web_file import load_web_file

STDIN = "-"
# The commands that use, or check, the key of ZenMux's API.
_POLLING = ("run", "check")


def load(path: Path | None, options: Options) -> Config:
    """Return the file's configuration overridden by the options.

    Raises `ConfigError` with every fault of both.
    """
    command = COMMANDS[options.command]
    typed = Faults("command line")
    faults = Faults(str(path))
    settings = _read(path, faults) if path else {}
    in_file = _with_push(settings, faults)
    configured = () if command.files_only else in_file
    named = _command_line_sources(
        options.files if command.files_are_sources else (), configured, typed
    )
    sources = tuple(one for one in configured + named if command.takes_pushes or not one.is_served)
    # A list of sources that could not be read has its own faults.
    # `run` polls an account even without a source.
    polls = command.name in _POLLING and "account" in settings
    if command.needs_sources and not (sources or polls or typed or faults.concern(("sources",))):
        typed.add((), "nothing to read: name a file or configure sources")
    overridden = _overridden(settings, options)
    _check_secrets(settings, command, faults)
    if command.takes_pushes and not faults.concern(("sources",)):
        kafka.check_used(configured, faults)
        sources = tuple(map(kafka.numbered, sources))
    asking = any(one.type == "generation_ids" for one in in_file)
    if asking and settings.get("account") is None and not faults.concern(("account",)):
        faults.add(("sources",), "generation_ids need a section account with an API key")
    texts = [*faults.texts(), *typed.texts(), *_web_faults(overridden["web"], command)]
    if texts:
        raise ConfigError(texts)
    folder = overridden["storage"].path
    sources, in_file = (
        tuple(_spooled(source, folder) for source in some) for some in (sources, in_file)
    )
    config = Config(**{**settings, **overridden, "sources": sources, "configured": in_file})
    return replace(config, hash_key=hash_key(config, options.command))


def _web_faults(web: Web, command: Command) -> tuple[str, ...]:
    """Return the faults of the web configuration file, for commands that use it."""
    if WEB_FILE_FLAG in command.without:
        return ()
    try:
        if web.config_file is not None:
            load_web_file(web.config_file)
    except ConfigError as error:
        return error.faults
    return ()


def _with_push(settings: dict[str, Any], faults: Faults) -> tuple[Source, ...]:
    """Return the file's sources, and one for pushed records if none is configured for them."""
    found: tuple[Source, ...] = settings.get("sources", ())
    pushed = any(one.type == "push" for one in found)
    is_on = settings.get("web", {}).get("push") is not None
    # Ids without a file can only be pushed.
    needing = [one.name for one in found if one.is_pushed or _is_pushed_only(one)]
    if needing and not is_on and not faults.concern(("web", "push")):
        faults.add(("web", "push"), f'must be given for the source "{quotable(needing[0])}"')
    if pushed or not is_on:
        return found
    return (*found, Source(name=_free("push", {one.name for one in found}), type="push"))


def _is_pushed_only(source: Source) -> bool:
    return source.type == "generation_ids" and source.path is None


def _check_secrets(settings: dict[str, Any], command: Command, faults: Faults) -> None:
    """Add a fault for each secret that can't be read, if the command uses it."""
    for section, stem, place in _secrets(settings, command):
        try:
            place.read()
        except SecretError as error:
            faults.add((*section, secret.step(stem, place)), str(error))


def _secrets(
    settings: dict[str, Any], command: Command
) -> Iterator[tuple[Steps, str, SecretPlace]]:
    account, push = settings.get("account"), settings.get("web", {}).get("push")
    privacy = settings.get("privacy")
    if account is not None and command.name in _POLLING:
        yield ("account",), "key", account.key
    if command.takes_pushes:
        for index, source in enumerate(settings.get("sources", ())):
            if source.kafka is not None and source.kafka.sasl is not None:
                yield ("sources", index, "sasl"), "password", source.kafka.sasl.password
    if push is not None and WEB_FILE_FLAG not in command.without:
        yield ("web", "push"), "token", push.token
    if privacy is not None and privacy.hash_key and is_needed(settings.get("labels", {})):
        yield ("privacy",), "hash_key", privacy.hash_key


def _read(path: Path, faults: Faults) -> dict[str, Any]:
    return schema.read(document.parse(read_text(path, faults), faults), faults)


def _command_line_sources(
    arguments: tuple[str, ...], configured: tuple[Source, ...], faults: Faults
) -> tuple[Source, ...]:
    """Return the command line's sources, each named as it was typed."""
    taken = {source.name for source in configured}
    stdin = any(source.type == "stdin" for source in configured)
    named: dict[str, Source] = {}
    for argument in arguments:
        if not argument.strip():
            faults.add((), "a file's name must not be blank")
        elif argument in named or as_label(argument) in taken or (argument == STDIN and stdin):
            faults.add((), f'"{quotable(argument)}" is a source already')
        else:
            named[argument] = _source(argument, taken)
            taken.add(named[argument].name)
    return tuple(named.values())


def _source(argument: str, taken: Collection[str]) -> Source:
    if argument == STDIN:
        return Source(name=STDIN, type="stdin")
    # A file's name may hold any bytes, even a secret; a label value must not.
    name = masked(as_label(argument))
    return Source(name=_free(name, taken), type="file", path=argument)


def _free(name: str, taken: Collection[str]) -> str:
    others = (f"{name} ({number})" for number in count(2))
    return next(one for one in chain([name], others) if one not in taken)


def _overridden(settings: dict[str, Any], options: Options) -> dict[str, Any]:
    storage = {
        "path": options.default_storage_path,
        **settings.get("storage", {}),
        **_given(path=options.storage_path, on_corruption=options.on_corruption),
    }
    web = {
        **settings.get("web", {}),
        **_given(
            listen_address=options.listen_address,
            enable_lifecycle=options.enable_lifecycle,
            config_file=options.web_config_file,
        ),
    }
    return {"storage": Storage(**storage), "web": Web(**web)}


def _spooled(source: Source, folder: Path) -> Source:
    """Return a source; one of ids gets the log of its answers, below the ledger's folder."""
    if source.type != "generation_ids":
        return source
    name = hashlib.sha256(source.name.encode()).hexdigest()[:16]
    path = folder / "generations" / name / "answers.jsonl"
    return replace(source, answers=str(path))


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
