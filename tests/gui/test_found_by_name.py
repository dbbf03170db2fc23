"""What maps and grids can tell is found by the names that others give it, not only by ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.window.command_palette import CommandPalette
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.conftest import Person

FADE, GUIDE = "Fade away from data", "Guide: Near data"
HONEST, GROUND, MAP_GROUND = "Map: Honest map", "Latent grid: Magnification", "Map: Magnification"
WAY = "Map: Code of an empty place"
REGIONS = ("Latent grid: Decision regions", "Map: Decision regions", "Interpolation: Decision regions")
NAMES = {
    "decision regions": (*REGIONS, "Guide: Decision regions"),
    "decision boundary": REGIONS,
    "classifier": REGIONS,
    "support": (FADE, GUIDE),
    "off manifold": (FADE, GUIDE),
    "out of distribution": (FADE, GUIDE),
    "how odd is this code": (FADE, GUIDE),
    "near data": (GUIDE,),
    "inverse projection": (WAY, "Guide: Empty places"),
    "decode map point": (WAY, "Guide: Empty places"),
    "empty place": (WAY,),
    "nearest code": (WAY,),
    "trust this map": (HONEST, "Guide: Honest map"),
    "distances": (HONEST,),
    "trustworthiness": ("Map: Colour of the points: Trustworthiness", "Guide: Honest map"),
    "neighbours": ("Map: Colour of the points: Neighbours kept", HONEST),
    "continuity": ("Map: Colour of the points: Continuity",),
    "magnification": (GROUND, MAP_GROUND, "Guide: Magnification"),
    "Jacobian": (GROUND,),
    "metric": (GROUND,),
    "local PCA": ("Traversal: Along the local axes of codes nearby",),
    "principal axes": ("Traversal: Along the local axes of codes nearby", "Guide: Local axes"),
    "earlier epoch": ("Time machine",),
    "latent space over time": ("Time machine",),
    "similarity of latent spaces": ("Comparison: Duel",),
    "codes vs prior": ("Prior lab pane",),
    "draw a digit": ("Draw and swap",),
    "course": ("Lesson: ",),
    # Nothing has all of these words.
    "where is the decision boundary please": REGIONS,
    "distortion": (GROUND, MAP_GROUND, HONEST),
}
AS_PEOPLE_ASK: dict[str, str | tuple[str, ...]] = {
    "which latents are used": "Dimensions pane",
    "which z dims are alive": "Dimensions pane",
    "inactive latent dimensions": "Dimensions pane",
    "reconstruction vs KL": "Loss explained pane",
    "rate distortion": "Loss explained pane",
    "bits per dimension": "Loss explained pane",
    "is this code realistic": "Decoded pane",
    "holes in latent space": "Decoded pane",
    "is this z on the manifold": (FADE, "Decoded pane"),
    "compare interpolations": "Interpolation: Race",
    "pullback metric path": "Interpolation: Race",
    "slerp vs lerp": "Interpolation: Race",
    "GAN inversion": "Watch its code",
    "amortization gap": "Watch its code",
    "latent optimization": "Watch its code",
    "inverse tsne": WAY,
    "decode between points": WAY,
    "click between points": WAY,
    "is the map reliable": HONEST,
    "neighborhood preservation": HONEST,
    "projection error": HONEST,
    "pullback metric": MAP_GROUND,
    "jacobian determinant": (GROUND, MAP_GROUND),
    "volume element": (GROUND, MAP_GROUND),
    "occlusion": "Mask and mend",
    "inpainting": "Mask and mend",
    "missing quadrants": "Mask and mend",
    "align two models": "Comparison: Duel",
    "representation similarity": "Comparison: Duel",
    "procrustes": "Comparison: Duel",
    "replay training": "Time machine",
    "training animation": "Time machine",
    "how the latent space evolved": "Time machine",
    "does q(z) match p(z)": "Prior lab pane",
    "prior hole": "Prior lab pane",
    "MMD to the prior": "Prior lab pane",
    "TCAV": "Attributes pane",
    "add glasses": "Attributes pane",
    "smile vector": "Attributes pane",
    "keep the style change the digit": "Draw and swap",
    "change the class": "Draw and swap",
    "style transfer": "Draw and swap",
    "local PCA": ("Traversal: Along the local axes", "Latent grid: "),
    "tangent space": ("Traversal: Along the local axes", "Latent grid: "),
    "jacobian singular vectors": ("Traversal: Along the local axes", "Latent grid: "),
    "correlation with labels": "Dimensions pane",
    "which latent matters most": "Dimensions pane",
    "disentanglement": "Dimensions pane",
    "bottleneck size": "Sweep pane",
    "how large should z be": "Sweep pane",
    "choose latent dimension": "How many dimensions",
    "anomaly detection": "Gallery: What the gallery shows: Odd images",
    "novelty detection": "Gallery: What the gallery shows: Odd images",
    "worst reconstructions": "Gallery: What the gallery shows: Odd images",
    "where does the class change": REGIONS,
    "classifier on decodes": REGIONS,
    "class boundaries in latent space": REGIONS,
    "teach me": "Lesson: ",
    "guided tour": "Lesson: ",
    "exercise": "Lesson: ",
}
"""What is typed by somebody who does not know the program, and what must be among the first three."""


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def test_each_name_finds_it_among_the_first(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run("model.family=vae"))
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(top for top in QApplication.topLevelWidgets() if top.objectName() == "command_palette")
    missing = []
    for typed, wanted in NAMES.items():
        palette.line.setText(typed)  # type: ignore[attr-defined]
        rows = palette.list  # type: ignore[attr-defined]
        first = [rows.topLevelItem(at).text(0) for at in range(min(rows.topLevelItemCount(), 8))]
        missing += [(typed, name, first) for name in wanted if not any(found.startswith(name) for found in first)]
    assert not missing, "\n".join(map(str, missing))
    palette.close()


def first_of(palette: CommandPalette, typed: str, count: int = 3) -> list[str]:
    """The first entries that are found."""
    palette.line.setText(typed)
    rows = palette.list
    return [rows.topLevelItem(at).text(0) for at in range(min(rows.topLevelItemCount(), count))]


def test_who_does_not_know_its_names_finds_it_too(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run("model.family=vae"))
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(top for top in QApplication.topLevelWidgets() if isinstance(top, CommandPalette))
    found = {typed: first_of(palette, typed) for typed in AS_PEOPLE_ASK}
    missing = {
        typed: found[typed]
        for typed, name in AS_PEOPLE_ASK.items()
        if not any(one.startswith(name) for one in found[typed])
    }
    assert not missing
    # What does it stands before what explains it, also where that was read last.
    palette.line.setText("Guide: Honest map")
    person.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(top for top in QApplication.topLevelWidgets() if isinstance(top, CommandPalette) and top.isVisible())
    assert first_of(palette, "", 1) == ["Guide: Honest map"]
    assert [name.split(":")[0] for name in first_of(palette, "honest map", 2)] == ["Map", "Guide"]
    # Where no entry has every word, those that have the rarest of them stand below a line that says so.
    assert not palette.partly.isVisible()
    assert first_of(palette, "a heatmap of anomalies, please")[0] == AS_PEOPLE_ASK["anomaly detection"]
    assert palette.partly.isVisible() and not palette.nothing.isVisible()
    assert not first_of(palette, "qqqq zzzz") and palette.nothing.isVisible() and not palette.partly.isVisible()
    palette.close()
