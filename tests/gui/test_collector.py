"""Garbage is searched for on the window's own time, and what is none is not gone through again and again."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.workers import garbage


def test_what_takes_long_is_gone_through_once(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    # The tests' own objects are not frozen, see `own_objects`.
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(collector._turn))
    collector = garbage.Collector()
    try:
        for limit_s in (1e9, -1.0):
            monkeypatch.setattr(garbage, "LONGEST_S", limit_s)
            for _ in range(10):
                collector._collect()
    finally:
        collector.end()
    assert frozen == [20]
