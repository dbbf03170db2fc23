"""Settings as text: TOML files, `KEY=VALUE` changes, and what is wrong with them in words.

Every error of a validation becomes words here, whether it came from a file, the command line, the window or a recipe.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from latentexplorer.core.errors import SettingsError, both_ends
from latentexplorer.core.registry import suggest
from latentexplorer.core.wrong_values import either, in_words

MAX_CONFIG_BYTES = 1024 * 1024
MAX_TOML_BYTES = 64 * 1024
"""Of settings as a person writes them. What a run keeps of a long training is JSON and may be longer."""
MAX_DEPTH = 16
"""Tables within tables, at most; the time that Python's reader of TOML takes grows with the square of them."""
_NO_KEYS = re.compile(
    r"#[^\n]*"
    r"|'''[\s\S]*?(?:'{3,5}|\Z)|'[^'\n]*'?"
    r'|"""(?:[^"\\]|\\[\s\S]|"(?!""))*(?:"{3,5})?|"(?:[^"\\\n]|\\.)*"?'
)
"""Remarks and quoted texts, in which a point separates nothing. Each ends somewhere, closed or not, so that no place is
looked at twice: one that must be closed takes the square of the time where it is not."""
_TOO_DEEP = re.compile(rf'(?<![\w"-])(?:(?:[\w-]+|"")[ \t]*\.[ \t]*){{{MAX_DEPTH}}}')
MAX_TOLD, LONGEST_REASON = 5, 800
"""Wrong settings that one message names, and letters of what is wrong with one."""
MOST_WORDED = 1000
"""Things that are wrong of which words are made: a file of a megabyte can hold sixty thousand."""

Model = TypeVar("Model", bound=BaseModel)
Tables = dict[str, Any]
"""Settings by name, nested in tables (`{"model": {"beta": 1.0}}`), not checked yet."""


def read_toml(path: Path) -> Tables:
    """The tables of a TOML file, or a SettingsError that names the file and the line."""
    text = read_config_text(path, MAX_TOML_BYTES)
    if _TOO_DEEP.search(_NO_KEYS.sub('""', text)):
        raise SettingsError(
            f"{path} is no file of settings: more than {MAX_DEPTH} tables within each other", "Correct it"
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}", "Correct that line") from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, thousands of brackets.
        raise SettingsError(f"{path} is no file of settings: a value in it is too long", "Correct it") from None


def read_config_text(path: Path, most_bytes: int = MAX_CONFIG_BYTES) -> str:
    """The text of a file of settings, or a SettingsError that names the file."""
    try:
        if path.exists() and not path.is_file():
            # A folder, or a device or pipe that would be read for ever.
            raise SettingsError(f"{path} is not a file", "Name a file of settings")
        with path.open("rb") as file:
            # One byte more, and not its size, which says nothing of a file that grows.
            content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise SettingsError(f"{path} is too large for a file of settings", "Name a file of settings")
        return content.decode("utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}", "Check the path") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not text", "Name a file of settings") from None


PATHS = ("data.root", "data.path", "data.columns")
"""Settings that name a file or folder."""
TEXTS = ("data.labels",)
"""Settings that are text and never nothing: `none` is one of the words, and a column may be called 2024."""


def parse_setting(text: str) -> tuple[str, Any]:
    """Split `KEY=VALUE`; the value is read as TOML (`3`, `0.5`, `true`, `[8, 16]`), else as text.

    Paths are text whatever they look like: a folder may be called 2024.
    """
    key, sign, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not sign or not key:
        raise SettingsError(f"{_short(text)} is not KEY=VALUE", "Write for example --set model.latent_dim=8")
    if value.lower() in ("", "none"):
        return key, value if key in TEXTS else None
    try:
        read = tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        # Not TOML, or a number or list that is longer than any setting.
        return key, value
    return key, value if key in (*PATHS, *TEXTS) and not isinstance(read, str) else read


def as_setting(key: str, value: object) -> str:
    """A setting as the `KEY=VALUE` that `parse_setting` reads back; text is quoted where it would be read otherwise."""
    if value is None:
        return f"{key}=none"
    bare = f"{key}={value}"
    if isinstance(value, str) and re.fullmatch(r"[\w-]+", value) and parse_setting(bare)[1] == value:
        return bare
    # What JSON writes is TOML, but for a delete character, which TOML wants escaped.
    return f"{key}={json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")


def as_changes(settings: Mapping[str, object]) -> list[str]:
    """Settings as `KEY=VALUE` texts, which `parse_setting` reads back as they were, whatever they look like."""
    return [as_setting(key, value) for key, value in settings.items()]


def put(values: Tables, key: str, value: Any) -> None:
    """Set a dotted key in nested tables."""
    *tables, last = key.split(".")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise SettingsError(
                f"{_short(key)} goes below a value", "Settings are written as table.key, such as model.beta"
            )
    values[last] = copy.deepcopy(value)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with settings.

    Attributes
    ----------
    key : str
        The setting's dotted key; that of a table, or "", where several settings do not go together.
    given : str
        The value that was given, shortened; "" where there is no single one.
    reason : str
        What is wrong with it, and what would be right.
    """

    key: str
    given: str
    reason: str

    @property
    def text(self) -> str:
        """Value and reason, to be shown beside the setting's name."""
        return f"{self.given}: {self.reason}" if self.given else self.reason

    def __str__(self) -> str:
        if not self.key:
            return self.reason
        key = _cut(self.key)
        return f"{key} = {self.text}" if self.given else f"{key}: {self.text}"


def validated(model: type[Model], values: Mapping[str, Any], owner: str = "") -> Model:
    """`model` made from nested `values`.

    Parameters
    ----------
    owner : str
        Whose settings they are ("a map figure"), for the error.

    Raises
    ------
    SettingsError
        One line naming the wrong keys, their values and the reasons.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        texts = [str(problem) for problem in problems(error, model, owner)]
        count = "many" if error.error_count() > MOST_WORDED else len(texts) - MAX_TOLD
        more = [f"and {count} more"] if len(texts) > MAX_TOLD else []
        raise SettingsError("; ".join([*texts[:MAX_TOLD], *more])) from None


def problems(error: ValidationError, model: type[BaseModel], owner: str = "") -> list[Problem]:
    """What a validation of `model` found wrong, one problem a setting, but for what is beyond `MOST_WORDED`.

    `owner` as in `validated`.
    """
    found: dict[str, Problem] = {}
    for item in error.errors(include_url=False)[:MOST_WORDED]:
        place = [str(name) for name in item["loc"]]
        key, table, whole = _setting_at(model, place)
        given, reason = _short(item["input"]), in_words(item)
        if item["type"] == "extra_forbidden":
            given, reason = "", f"{owner or 'there'} {'has' if owner else 'is'} no such setting"
            if key == ".".join(place):
                reason += f". {suggest(place[-1], table.model_fields)}"
            else:
                reason += f" as {_short(place[-1])} in it"
        elif item["type"] == "value_error":
            given, reason = "" if whole else given, item["msg"].removeprefix("Value error, ")
        # It may quote what was given; its end says what would be right.
        reason = both_ends(reason, LONGEST_REASON)
        if key not in found:
            found[key] = Problem(key, given, reason)
        elif reason not in found[key].reason:
            # A setting that may be one of several types reports each of them.
            found[key] = Problem(key, found[key].given, either(found[key].reason, reason))
    return list(found.values())


def _setting_at(model: type[BaseModel], place: list[str]) -> tuple[str, type[BaseModel], bool]:
    """Where an error lies: the setting's dotted key, the table it stands in, and whether it is a table itself."""
    key: list[str] = []
    for name in place:
        key.append(name)
        below = _table_of(model, name)
        if below is None:
            return ".".join(key), model, False
        model = below
    return ".".join(key), model, True


def _table_of(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    kind = None if field is None else field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "a value that is too long"
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
