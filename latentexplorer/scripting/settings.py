"""Settings as a script gives them, by their names on the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.settings_text import as_changes

AnyPath = str | os.PathLike[str]


def as_texts(settings: Mapping[str, object]) -> list[str]:
    """Settings as the texts of a command line, so that both are read and checked in one way."""
    plain = {}
    for key, value in settings.items():
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        plain[key] = os.fspath(value) if isinstance(value, os.PathLike) else value
    try:
        return as_changes(plain)
    except TypeError as error:
        raise SettingsError(
            f"A setting cannot be read: {error}", "Give numbers, text, paths or lists of them"
        ) from None
