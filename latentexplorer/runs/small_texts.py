"""Small texts of a run: read within bounds, whatever lies there; values as JSON knows them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latentexplorer.core.errors import RunError
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import child, printable

MAX_JSON_BYTES = 16 * 2**20


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """A table in a file of a run; an empty one where there is none."""
    text = read_text(folder, name, MAX_JSON_BYTES)
    if text is None:
        return {}
    where = f"{printable(folder.resolve().name)}/{name}"
    try:
        value = parsed(text)
    except ValueError:
        raise RunError(f"{where} is not JSON", "Delete it; the run opens without") from None
    if not isinstance(value, dict):
        raise RunError(f"{where} is not a table", "Delete it; the run opens without")
    return value


def read_text(folder: Path, name: str, limit: int) -> str | None:
    """A small text file of the run, or None where there is none."""
    path = child(folder, name)
    try:
        if not path.exists():
            return None
        if not path.is_file():
            raise RunError(f"{path} is not a file", "The run is damaged or was made to do harm: do not use it")
        if path.stat().st_size > limit:
            raise RunError(f"{path} is larger than {limit // 2**20} MB", "The run is damaged: restore it from a copy")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RunError(f"{path} is not text", "Restore it from a copy") from None
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}", "Check the folder") from None


def json_of(values: Mapping[str, Any]) -> str:
    """Values as the text of a file."""
    return json.dumps(_finite(values), indent=2, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    """The value as JSON knows it: numpy's numbers and arrays as plain ones, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
