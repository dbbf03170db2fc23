"""Memory that runs out while the window works something out: it is told, and the window goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLabel

from tests.gui.person import Person


def too_much(*_: object, **__: object) -> np.ndarray:
    return np.empty(2**50)


def test_a_map_for_which_the_memory_does_not_reach_is_told_and_made_when_it_does(
    person: Person, make_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    person.expects_failure = True
    pane = person.open_run(make_run("model.family=vae", "model.latent_dim=4"), "map")
    pane.controls.options.set_value("steps", 60)
    method = person.find("map_method", QComboBox)

    def choose(name: str) -> None:
        method.setCurrentIndex(method.findData(name))
        method.activated.emit(method.currentIndex())

    with monkeypatch.context() as patched:
        patched.setattr("scipy.sparse.csr_matrix", too_much)
        choose("tsne")
        person.until(lambda: bool(person.failures))
        person.settled()
    (failure,) = person.failures
    assert failure.title == "Out of memory" and "Unable to allocate" in failure.details
    told = person.find("failure_text", QLabel)
    assert told.isVisible() and failure.message in told.text() and failure.todo in told.text()
    assert pane.layouts.never_began
    choose("tsne")
    person.until(lambda: getattr(pane.result.projection, "step", 0) == 60)
    assert len(person.failures) == 1
