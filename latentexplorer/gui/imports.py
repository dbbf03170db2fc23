"""Imports in a program with PySide6 are Python's own again: nobody reads the source of what is imported."""

from __future__ import annotations

import importlib
from typing import Any

import PySide6.QtCore  # noqa: F401 - it brings the hook


def leave_imports_alone() -> None:
    """No look for PySide6 in the source of every module that is imported from now on.

    PySide6 reads the source of each, on whatever thread imports it, to see whether it may ask for snake_case names or
    true properties (`from __feature__ import`), which nothing here does. That took a fifth of the time in which torch
    and scikit-learn are imported, kept the text of thousands of files, and once the window, which was painting
    meanwhile, crashed. Where PySide6 is made otherwise nothing is changed.
    """
    try:
        feature: Any = importlib.import_module("shibokensupport.feature")
    except ImportError:
        return
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = _never


def _never(module: object) -> bool:
    return False
