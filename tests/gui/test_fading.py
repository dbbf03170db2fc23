"""Pictures fade away from data: chosen by the command palette or in the grid's options, in all panes at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.latent_grid.options import PlanePanel
from latentexplorer.gui.widgets.fading import fade
from tests.gui.conftest import Person


def brightness(widget: object, index: int) -> float:
    """Of a picture as it is drawn, 0..255."""
    rect = widget.rect_of(index).toRect().adjusted(2, 2, -2, -2)  # type: ignore[attr-defined]
    image = widget.grab(rect).toImage().convertToFormat(QImage.Format.Format_Grayscale8)  # type: ignore[attr-defined]
    rows = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(image.height(), -1)
    return float(rows[:, : image.width()].mean())


def test_what_is_away_from_data_fades_in_all_panes_and_in_their_figures(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run())
    grid = person.show("latent_grid")
    grid._on_range((-40.0, 40.0), (-40.0, 40.0))
    person.settled()
    assert grid.result.fading is None and grid.grid.strength is None
    before = brightness(grid.grid, 0)
    grid._open_panel_at("")
    box = grid.panel.fade
    person.qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() / 4)
    if not fade.on:
        person.qtbot.keyClick(box, Qt.Key.Key_Space)
    grid.panel.hide()
    person.settled()
    fading = grid.result.fading
    assert fade.on and fading.known and fading.strength.min() == pytest.approx(0.2)
    assert person.frame.findChild(object, "action_fade").isChecked()
    assert "faint away from data" in grid.header.subtitle.text()
    assert grid._tip(0).endswith("odder than all held-out images")
    # The card shines through.
    card = 255.0 if before < 128 else 0.0
    assert abs(brightness(grid.grid, 0) - card) < abs(before - card) or before == card
    # A window that comes later, as after a new start, knows it.
    assert PlanePanel(grid).fade.isChecked()
    # While the plane moves it fades as before at the nearest cells, and nothing blinks.
    seen = []
    show = grid.grid.show_plane
    grid.grid.show_plane = lambda result: (seen.append(result.fading is not None), show(result))
    grid._zoom(0.8)
    person.settled()
    assert len(seen) > 1 and all(seen)
    # Figures fade alike, and bring it back.
    path = person.export(grid, tmp_path / "grid.png")
    assert read_recipe(path).settings["fade"] is True
    traversal = person.show("traversal")
    row = traversal.rows.visible_rows[0]
    assert row.strip.strength is not None and len(row.strip.strength) == len(row.strip)
    assert "odder than" in row._tip(0) and "fade=true" in traversal.view_settings()
    paths = person.show("interpolation")
    paths.finder.pick_images()
    person.settled()
    assert paths.strip.strength is not None and "odder than" in paths.path_view.tip(3)
    assert "fade=true" in paths.view_settings()
    gallery = person.show("gallery")
    gallery.choose("samples")
    person.settled()
    draws = gallery.sides[0]
    assert draws.stacks.strength is not None and len(draws.stacks.strength) == len(draws.stacks)
    assert "odder than" in draws._tip(0) and "fade=true" in gallery.view_settings()
    person.frame.findChild(object, "action_fade").trigger()
    person.settled()
    assert not box.isChecked() and draws.stacks.strength is None
    person.show("interpolation")
    assert paths.strip.strength is None
    person.show("latent_grid")
    assert grid.grid.strength is None and grid.result.fading is None
    person.frame.open_path(path)
    person.settled()
    assert fade.on and grid.result.fading is not None
    fade.set_on(False)


def test_the_meter_says_how_likely_a_code_is_beside_how_odd(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run())
    decoded = person.show("decoded")
    person.until(lambda: decoded.facts is not None and bool(decoded.facts.likely))
    tip = decoded.support.toolTip()
    offered = {offer.name: offer for offer in decoded.offers()}
    offered["What does near data mean?"].do()
    assert person.frame.guide.dialog.isVisible()
    assert "held-out images" in tip and tip.count("more likely than") == 2 and "held-out codes" in tip
