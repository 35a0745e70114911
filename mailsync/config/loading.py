"""Settings out of the file and the environment, or every problem with them at once."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from mailsync.config.sections import Config, Section
from mailsync.errors import SettingsError

PREFIX = "MAILSYNC_"


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Settings from a TOML file (None: the defaults) and the environment. Raises SettingsError with every problem."""
    problems: list[tuple[str, str]] = []
    tree = _read_toml(path, problems) if path else {}
    for keys in _secret_keys(Config):
        if _lookup(tree, keys) is not None:
            variable = PREFIX + "__".join(keys).upper()
            problems.append(
                (".".join(keys), f"a secret does not belong into the file: set {variable} or {variable}_FILE")
            )
    _overlay(tree, environ, problems)
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        problems += [(".".join(map(str, item["loc"])) or "config", _plain(item)) for item in error.errors()]
        config = None
    if problems or config is None:
        raise SettingsError(problems)
    return config


def _read_toml(path: Path, problems: list[tuple[str, str]]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append((str(path), f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        problems.append((str(path), "is not UTF-8: save it as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append((str(path), f"is not valid TOML: {error}"))
    return {}


def _overlay(tree: dict[str, Any], environ: Mapping[str, str], problems: list[tuple[str, str]]) -> None:
    """Put `MAILSYNC_A__B=value` and `MAILSYNC_A__B_FILE=path` over the file's values; tables come as JSON."""
    known = dict(_leaves(Config))
    for variable, given in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        keys, value = tuple(variable.removeprefix(PREFIX).lower().split("__")), cast("Any", given)
        try:
            if keys not in known and (named := (*keys[:-1], keys[-1].removesuffix("_file"))) in known:
                keys, value = named, Path(given).read_text(encoding="utf-8").strip()
            elif keys not in known and len(keys) == 1:
                continue  # no setting: what a script or a container calls its own
            if keys in known and _is_table(known[keys].annotation):
                value = json.loads(value)
        except json.JSONDecodeError as error:
            problems.append((variable, f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"))
            continue
        except (OSError, UnicodeDecodeError) as error:
            problems.append((variable, f"the file it names cannot be read: {type(error).__name__}"))
            continue
        place = tree
        for key in keys[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                problems.append((variable, "goes below a key that is not a section"))
                break
        else:
            place[keys[-1]] = value


def _is_table(annotation: Any) -> bool:
    """Whether a setting is a table or a list of tables."""
    inside = get_args(annotation)
    return get_origin(annotation) is dict or any(isinstance(one, type) and issubclass(one, Section) for one in inside)


def _leaves(model: type[BaseModel], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Section):
            found += _leaves(info.annotation, (*above, name))
        else:
            found.append(((*above, name), info))
    return found


def _secret_keys(model: type[BaseModel]) -> list[tuple[str, ...]]:
    return [keys for keys, info in _leaves(model) if info.annotation is SecretStr]


def _lookup(tree: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    value: Any = tree
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _plain(item: Any) -> str:
    """A problem in plain words; the offending value itself is left out, it may be a secret."""
    if item["type"] == "extra_forbidden":
        return "is not a setting (see config.toml for all of them)"
    message = str(item["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
