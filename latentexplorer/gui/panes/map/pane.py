"""Map: a scatter of the codes; a click on a point decodes its code, a walk between the points codes inferred there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Slot
from PySide6.QtWidgets import QMenu

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.map.cloud import Stamp
from latentexplorer.gui.panes.map.controls import MapControls, stamps_of
from latentexplorer.gui.panes.map.hover import MapHover
from latentexplorer.gui.panes.map.layout_job import Layout
from latentexplorer.gui.panes.map.legend import ColorBar, Legend
from latentexplorer.gui.panes.map.marks import MapMarks
from latentexplorer.gui.panes.map.options import SLOW, TSNE
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.panes.map.selection import SelectionExport
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.picture_menu import code_menu
from latentexplorer.gui.widgets.pictures import to_qimage
from latentexplorer.gui.workers import map_tasks
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code


class MapPane(Pane):
    """Draws the `map` view."""

    object_name, title, view_kind = "map_pane", "Map", "map"
    follows = True
    part_setting = "area"

    def __init__(self) -> None:
        super().__init__()
        self.result: Any = None
        self._stamps: list[Stamp] = []
        self._walk_base: np.ndarray | None = None
        self._errors_due = False
        self._restored: dict[str, Any] = {}
        self.plot = Scatter("map_plot")
        self.plot.setAccessibleName("Map of codes")
        self.plot.setAccessibleDescription(
            "Arrow keys go from point to point, Enter makes one current, Home shows the whole map, "
            "plus and minus zoom, Escape clears the selection"
        )
        self.legend = Legend("map_legend")
        self.bar = ColorBar("map_colorbar")
        self.controls = MapControls(self)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.controls.status)
        self.body.addWidget(self.legend)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.controls.row)
        self._build_actions()
        self._connect()

    def _build_actions(self) -> None:
        self.lasso = self.header.add_button("lasso", "Lasso: draw round points to select them (or Shift-drag)", True)
        self.lasso.setObjectName("map_lasso")
        self.header.row.removeWidget(self.lasso)
        self.header.row.insertWidget(2, self.lasso)
        self.menu.addSeparator()
        self.add_menu_action("Show the whole map", self.plot.fit)
        self.export_action = self.add_menu_action("Export selection…", self._export_selection)
        self.clear_action = self.add_menu_action("Clear selection", self.clear_selection)

    def _connect(self) -> None:
        self.lasso.toggled.connect(self._on_lasso_tool)
        self.plot.point_picked.connect(self._on_point)
        self.plot.walk_began.connect(self._on_walk_began)
        self.plot.walked.connect(self._on_walked)
        self.plot.hovered.connect(self._on_hovered)
        self.plot.lassoed.connect(self._on_lassoed)
        self.plot.menu_asked.connect(self._on_menu)
        self.plot.escaped.connect(self.clear_selection)
        self.legend.changed.connect(self._on_hidden)
        self.controls.layout_asked.connect(self.lay_out)
        self.controls.colors_asked.connect(self._recolor)
        self.controls.stop_asked.connect(self._on_stop)
        self.controls.resume_asked.connect(self._on_resume)
        theme.changed.connect(self._draw_colors)

    def on_bind(self) -> None:
        self.layouts = Layout(self.session, self)
        self.hover = MapHover(self.plot, self.session)
        self.marks = MapMarks(self.plot, self.session)
        self.layouts.began.connect(self._on_began)
        self.layouts.moved.connect(self._on_moved)
        self.layouts.arrived.connect(self._on_result)
        self.layouts.changed.connect(self._on_state)
        self.session.selection.images_changed.connect(self._on_selection)
        self.session.selection.anchors_changed.connect(self._mark)
        self.session.training.state_changed.connect(self._on_training)
        self._on_selection()

    # -- asking -----------------------------------------------------------------------------------------------------

    @Slot()
    def _run_changed(self) -> None:
        self.layouts.forget()
        self.result = self.marks.placed = None
        super()._run_changed()

    def on_run(self) -> None:
        # Until the person zooms: a map that is trained grows.
        self.plot.following_range = True
        self.controls.set_run(self.session.run, self.session.training.active)
        self.lay_out()

    def on_snapshot(self) -> None:
        if self.result is None:
            self.on_run()
        elif self.controls.method in SLOW:
            self._on_state()
            self._mark()
        else:
            self.layouts.at_once(self._settings(quick=True))

    @Slot(str)
    def _on_training(self, state: str) -> None:
        if state == "idle" and self.result is not None and self.controls.color == "error" and self.isVisible():
            self._recolor()

    @Slot()
    def lay_out(self) -> None:
        """Ask for the map as the controls have it."""
        self._restored = {}
        self._lay_out({})

    def _lay_out(self, more: dict[str, Any]) -> None:
        if self.session.run is None:
            return
        if self.controls.method in SLOW:
            self.plot.following_range = True
            self.layouts.watched(self._settings(quick=True) | more, self.result)
        else:
            self.layouts.at_once(self._settings(quick=True))

    @Slot()
    def _on_stop(self) -> None:
        self.layouts.stop()

    @Slot()
    def _on_resume(self) -> None:
        if self.result is not None and self.result.method == TSNE:
            self.layouts.go_on(self.result, self.controls.options.value("steps"))

    def _settings(self, quick: bool = False) -> dict[str, Any]:
        """What the view is asked for; `quick`: without errors, which take a decode of every code."""
        settings = self.controls.settings()
        if quick and settings["color_by"] == "error":
            settings["color_by"] = "none"
        return settings

    @Slot()
    def _recolor(self) -> None:
        """Colour the map that is there by something else."""
        if self.result is None or self.session.run is None:
            return
        work = map_tasks.recolor(self.session.run, self.result, self._settings())
        if self.controls.color == "error":
            self._errors_due = False
            job = self.session.submit("Working out the errors", work, "view:map-errors")
            job.succeeded.connect(_Recolored(self, self.result))
        else:
            self.session.decoder.ask("map:colors", map_tasks.at_once(work), _Recolored(self, self.result))

    def on_recolored(self, old: Any, new: Any) -> None:
        """Colours have arrived for the points of a map."""
        if isinstance(new, Refused):
            self.session.message.emit("warning", new.what)
            self.controls.choose_color("none")
            self._recolor()
        elif self.result is not None and self.result.part == old.part and _same_points(self.result, old):
            self._take_colors(new)
            self._draw_colors()

    def _take_colors(self, source: Any) -> None:
        self.result = replace(
            self.result,
            groups=source.groups,
            group_names=source.group_names,
            values=source.values,
            color_title=source.color_title,
        )

    def view_settings(self) -> list[str]:
        settings = self._settings()
        if self.controls.method in SLOW and (self.layouts.running or self._is_shown):
            settings |= self.layouts.settings_of(self.result)
        if not self.plot.following_range:
            settings["area"] = [float(f"{end:.6g}") for ends in self.plot.box.viewRange() for end in ends]
        if self.legend.hidden and self.result is not None:
            settings["hide"] = [self.result.group_names[number] for number in sorted(self.legend.hidden)]
        return [f"{key}={value if _bare(value) else json.dumps(value)}" for key, value in settings.items()]

    def restore(self, kind: str, settings: dict[str, Any]) -> bool:
        if kind != self.view_kind:
            return False
        self.controls.restore(settings)
        self._restored = dict(settings)
        how_far = {key: settings[key] for key in ("early", "stopped") if settings.get(key) is not None}
        self._lay_out(how_far if self.controls.method == TSNE else {})
        return True

    @property
    def _is_shown(self) -> bool:
        """Whether the map that is drawn is of the method that is chosen."""
        return self.result is not None and self.result.method == self.controls.method

    # -- drawing ----------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_began(self, result: Any) -> None:
        """The points of a slow map are known: they stand by their principal components until they move."""
        self._show(replace(result, method=self.controls.method))

    @Slot(object)
    def _on_moved(self, coords: np.ndarray) -> None:
        if self.result is not None and len(coords) == len(self.result.index):
            self.plot.set_points(coords)
            self._mark()

    @Slot(object)
    def _on_result(self, result: Any) -> None:
        if self.refused(result):
            return
        self._show(result)
        self._show_part()

    def _show_part(self) -> None:
        """Of a figure that was brought back, the part that it shows."""
        area = self._restored.get("area")
        if area is not None and self._is_shown and self.result.part == self._restored.get("part", "train"):
            self._restored = {}
            left, right, bottom, top = area
            self.plot.following_range = False
            self.plot.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)

    def _show(self, result: Any) -> None:
        before, self.result = self.result, result
        if before is None or before.method != result.method or before.part != result.part:
            self.plot.following_range = True
        if self.controls.color == "error":
            known = before is not None and before.part == result.part and _same_points(before, result)
            if known and before.values is not None:
                self._take_colors(before)
            # While it trains errors are worked out again only when asked for: each costs a decode.
            if not known or before.values is None or not self.session.training.active:
                self._recolor()
        self.plot.set_points(result.coords)
        self._draw_colors()
        self._on_selection()
        self._mark()
        self._on_state()

    @Slot()
    def _draw_colors(self) -> None:
        result = self.result
        if result is None:
            return
        looks, self._stamps, scale = stamps_of(result)
        self.plot.cloud.set_looks(looks, self._stamps)
        self.bar.setVisible(scale is not None)
        if scale is not None:
            self.bar.set_scale(result.color_title, *scale, [stamp.color for stamp in self._stamps[:-1]])
        present = [] if result.groups is None else np.unique(result.groups).tolist()
        self.legend.set_entries([(number, result.group_names[number], self._stamps[number]) for number in present])
        self._on_hidden()

    @Slot()
    def _on_hidden(self) -> None:
        """The legend hides other classes."""
        result = self.result
        if result is None:
            return
        groups = result.groups
        hidden = list(self.legend.hidden)
        shown = np.ones(len(result.index), bool) if groups is None else ~np.isin(groups, hidden)
        self.plot.cloud.shown = shown
        if self.plot.cursor >= 0 and not shown[self.plot.cursor]:
            self.plot.cursor = -1
        self.plot.redraw()
        self._mark()

    @Slot()
    def _on_state(self) -> None:
        """Say what is shown and how far it is."""
        if self.result is None and not self.layouts.running:
            return
        part, index = self.session.selection.images
        selected = f" · {len(index):,} selected" if len(index) and self.result and part == self.result.part else ""
        if self.result is not None:
            self.set_subtitle(self.result.subtitle.replace("principal components", "PCA") + selected)
        self.controls.show_state(self.layouts, self.result, self.session.run)

    def scene_position(self, row: int) -> QPointF:
        """Where a point of the map stands in the plot's scene."""
        return self.plot.scene_position(row)

    # -- marks ------------------------------------------------------------------------------------------------------

    def on_code(self, code: Code) -> None:
        self._mark()

    @Slot()
    def _mark(self) -> None:
        """Point out the current code and the anchors."""
        if self.session is not None:
            self.marks.show(self.result, self.layouts.running)

    # -- points and places ------------------------------------------------------------------------------------------

    def code_of(self, row: int) -> Code | None:
        """The code of a point."""
        # A map of an earlier epoch shows where the image was; its code is that of the model as it is now.
        return self.session.current.code_of(self.result.part, int(self.result.index[row]))

    @Slot(int)
    def _on_point(self, row: int) -> None:
        self.session.current.pick_image(self.result.part, int(self.result.index[row]))

    @Slot()
    def _on_walk_began(self) -> None:
        self._walk_base = self.session.current.code.z if self.session.current.code is not None else None

    @Slot(QPointF, bool)
    def _on_walked(self, place: QPointF, passing: bool) -> None:
        if self.result is None:
            return
        moving = self.layouts.coords if self.layouts.running else None
        if moving is not None and len(moving) != len(self.result.projection.codes):
            moving = None
        at = (place.x(), place.y())
        question = map_tasks.code_at(self.result.projection, moving, at, self._walk_base)
        self.session.decoder.ask("map:place", question, _Walked(self, at, passing))

    def on_place(self, at: tuple[float, float], passing: bool, z: np.ndarray, how: str) -> None:
        """The code at a place of the map has been found."""
        current = self.session.current.code
        code = Code(z, current.y if current is not None else None, how=how)
        self.marks.placed = (code, at)
        self.session.current.set(code, passing=passing)

    @Slot(int)
    def _on_hovered(self, row: int) -> None:
        code = self.code_of(row) if row >= 0 and self.result is not None else None
        self.hover.show(row, code)

    @Slot(int, QPoint)
    def _on_menu(self, row: int, position: QPoint) -> None:
        code = self.code_of(row) if row >= 0 else None
        if code is None:
            menu = QMenu(self)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.addAction("Show the whole map").triggered.connect(self.plot.fit)
        else:
            original = self.session.current.original(code)
            menu = code_menu(self, code, None if original is None else to_qimage(original), self.session)
            menu.addSeparator()
            self._similar_to = row
            menu.addAction("Show similar").triggered.connect(self._show_similar)
        if len(self.session.selection.images[1]):
            menu.addAction("Clear selection").triggered.connect(self.clear_selection)
        menu.setObjectName("map_menu")
        menu.popup(position)

    # -- selection --------------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_lasso_tool(self, on: bool) -> None:
        self.plot.lasso_on = on

    @Slot(object, bool)
    def _on_lassoed(self, rows: np.ndarray, more: bool) -> None:
        index = self.result.index[rows]
        part, before = self.session.selection.images
        if more and part == self.result.part:
            index = np.concatenate([before, index])
        self.session.selection.select(self.result.part, index)

    @Slot()
    def _show_similar(self) -> None:
        self.session.decoder.ask(
            "map:similar", map_tasks.similar(self.result.projection.codes, self._similar_to), self._on_similar
        )

    def _on_similar(self, rows: np.ndarray) -> None:
        index = self.result.projection.index[rows]
        self.session.selection.select(self.result.part, index)
        self.session.message.emit("info", f"The {len(index)} images with the nearest codes are selected")

    @Slot()
    def _export_selection(self) -> None:
        SelectionExport(self, self.session).open()

    @Slot()
    def clear_selection(self) -> None:
        """Select nothing."""
        if len(self.session.selection.images[1]):
            self.session.selection.select(self.session.selection.images[0], [])

    @Slot()
    def _on_selection(self) -> None:
        part, index = self.session.selection.images
        self.export_action.setEnabled(bool(len(index)))
        self.clear_action.setEnabled(bool(len(index)))
        if self.result is None:
            return
        chosen = np.isin(self.result.index, index) if len(index) and part == self.result.part else None
        self.plot.cloud.selected = chosen
        self.plot.redraw()
        self._on_state()


def _bare(value: Any) -> bool:
    return not isinstance(value, (list, tuple)) and str(value).replace("-", "").replace("_", "").isalnum()


def _same_points(one: Any, other: Any) -> bool:
    return len(one.index) == len(other.index) and bool(np.array_equal(one.index, other.index))


class _Recolored:
    def __init__(self, pane: MapPane, result: Any) -> None:
        self._pane, self._result = pane, result

    def __call__(self, new: Any) -> None:
        self._pane.on_recolored(self._result, new)


class _Walked:
    def __init__(self, pane: MapPane, at: tuple[float, float], passing: bool) -> None:
        self._pane, self._at, self._passing = pane, at, passing

    def __call__(self, found: tuple[np.ndarray, str]) -> None:
        self._pane.on_place(self._at, self._passing, *found)
