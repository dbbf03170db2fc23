"""Instruments are found by the names that people know them by, typed into the command palette."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.window.command_palette import CommandPalette
from tests.gui.person import Person

KNOWN_AS = {
    "Dimensions pane": (
        "collapse",
        "Posterior collapse",
        "dead dimensions",
        "dead units",
        "active units",
        "KL",
        "kl per dim",
        "unused dimensions",
        "dimensions",
    ),
    "Loss explained pane": (
        "loss terms",
        "ELBO",
        "elbo",
        "bits per dim",
        "bpd",
        "nats",
        "loss explained",
        "explain loss",
        "reconstruction loss",
        "total correlation",
    ),
    "Dimensions: Measure the effect": (
        "effect",
        "dimension effect",
        "importance of a dimension",
        "importance",
        "sensitivity",
        "disentanglement",
    ),
    "Prior lab pane": ("prior", "prior lab", "aggregate posterior", "wasserstein", "MMD", "prior mismatch"),
    "Attributes pane": ("attribute vectors", "direction", "concept vector", "latent arithmetic"),
    "Attributes: Analogy: A is to B as C is to ?": ("analogy", "analogies", "vector arithmetic"),
    "How many dimensions? Sweep…": ("how many dimensions", "sweep", "elbow", "knee", "latent size"),
    "Time machine": ("time machine", "epochs", "scrub", "history", "snapshots"),
    "Draw and swap…": ("swap", "change class", "keep style", "style transfer", "typeface", "draw and swap"),
    "Sweep pane": ("sweep", "elbow", "grid search", "number of dimensions"),
}


def test_each_is_among_the_first_that_its_names_find(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run("model.family=vae", "model.latent_dim=3"), "dimensions")
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(each for each in QApplication.topLevelWidgets() if isinstance(each, CommandPalette))
    missed = {}
    for name, words in KNOWN_AS.items():
        for typed in words:
            palette.line.clear()
            person.qtbot.keyClicks(palette.line, typed)
            rows = range(min(4, palette.list.topLevelItemCount()))
            found = [palette.list.topLevelItem(row).text(0) for row in rows]
            if name not in found:
                missed[typed] = found
    assert not missed
    # Who then presses Enter is there.
    palette.line.clear()
    person.qtbot.keyClicks(palette.line, "posterior collapse")
    person.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    person.until(lambda: person.frame.panes["dimensions"].seen)
