"""Map: a scatter of the codes; a click on a point decodes its code, a walk between the points codes inferred there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, Slot

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.map.choices import MapChoices
from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.panes.map.figure_settings import figure_settings
from latentexplorer.gui.panes.map.ground import MapGround
from latentexplorer.gui.panes.map.honest import HonestMap
from latentexplorer.gui.panes.map.hover import MapHover
from latentexplorer.gui.panes.map.layout import MapLayout
from latentexplorer.gui.panes.map.light import MapLight
from latentexplorer.gui.panes.map.looks import MapLooks
from latentexplorer.gui.panes.map.marks import MapMarks
from latentexplorer.gui.panes.map.options import SLOW, TSNE
from latentexplorer.gui.panes.map.over_epochs import OverEpochs
from latentexplorer.gui.panes.map.place_hover import PlaceHover
from latentexplorer.gui.panes.map.point_menu import point_menu
from latentexplorer.gui.panes.map.recolor import Recolor, but_later
from latentexplorer.gui.panes.map.regions import MapRegions
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.panes.map.switches import MapSwitches
from latentexplorer.gui.panes.map.thumb_loader import ThumbLoader
from latentexplorer.gui.panes.map.walk import MapWalk
from latentexplorer.gui.panes.map.way_back import WayBack
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.code import Code
from latentexplorer.views.map_place import PlaceJudge
from latentexplorer.views.map_preservation import LATER

if TYPE_CHECKING:
    from latentexplorer.views.map import Result


class MapPane(Pane):
    """Draws the `map` view."""

    object_name, title, view_kind = "map_pane", "Map", "map"
    follows = draws_later = True
    part_setting = "area"

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self._restored: Settings = {}
        self._menu_row = -1
        self.plot = Scatter("map_plot")
        self.plot.setAccessibleName("Map of codes")
        self.plot.setAccessibleDescription(
            "Arrow keys go from point to point, Enter makes one current, Home shows the whole map, "
            "plus and minus zoom, Escape clears the selection"
        )
        self.looks = MapLooks(self.plot)
        self.controls = MapControls(self)
        self.light = MapLight(self.plot, self)
        self.legend, self.bar, self.search = self.looks.legend, self.looks.bar, self.light.field
        self.light.add_to(self.body)
        self.body.addWidget(self.controls.status)
        self.looks.add_to(self.body)
        self.body.addWidget(self.controls.row)
        self._build_actions()
        self._connect()

    def _build_actions(self) -> None:
        self.lasso = self.header.add_button("lasso", "Lasso: draw round points to select them (or Shift-drag)", True)
        self.lasso.setObjectName("map_lasso")
        self.header.row.insertWidget(2, self.lasso)
        self.add_menu_action("Show the whole map", self.plot.fit)
        self.add_menu_action("Show all classes", self.legend.show_all)
        self.add_menu_action("Hide all classes", self.legend.hide_all)
        self.search_action = self.add_menu_action("Search the map…", self.search.open)
        self.search_action.setShortcut("Ctrl+F")
        self.search_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.addAction(self.search_action)
        self.switches = MapSwitches(self.menu)

    def _connect(self) -> None:
        self.lasso.toggled.connect(self._on_lasso_tool)
        self.plot.point_picked.connect(self._on_point)
        self.plot.walked.connect(self._on_walked)
        self.plot.hovered.connect(self._on_hovered)
        self.plot.menu_asked.connect(self._on_menu)
        self.looks.changed.connect(self._mark)
        self.controls.layout_asked.connect(self.lay_out)
        self.controls.again_asked.connect(self._on_again)
        self.controls.opening_asked.connect(self._open)
        self.controls.search_asked.connect(self.search.open)
        self.search.closed.connect(self.controls.rest)
        self.controls.colors_asked.connect(self._recolor)
        self.controls.resume_asked.connect(self._on_resume)

    def on_bind(self) -> None:
        self.layouts = MapLayout(self.session, self)
        self.honest = HonestMap(self, self.plot, self.looks, self.layouts)
        self.ground = MapGround(self, self.plot, self.looks)
        self.regions = MapRegions(self, self.plot, self.looks, self.controls, self.ground.action)
        self.hover = MapHover(self.plot, self.session)
        self.marks = MapMarks(self.plot, self.session)
        self.over_epochs = OverEpochs(self, self.plot, self.looks, self.controls, self.layouts)
        self.over_epochs.arrived.connect(self._on_result)
        judge = PlaceJudge()
        self.ways = WayBack(self, self.controls, self.looks)
        self.walk = MapWalk(self.session, judge, self.ways, self)
        self.glimpses = PlaceHover(self.plot, self.hover.tip, self.session, self.layouts, judge, self.ways)
        self.thumbs = ThumbLoader(self.plot, self.session)
        self.light.bind(self.session)
        self.chosen = self.light.chosen
        self.light.changed.connect(self._on_light)
        self.colors = Recolor(self.session, self.controls, self)
        self.colors.arrived.connect(self._on_recolored)
        self.layouts.found.connect(self.controls.adopt)
        self.export_action = self.add_menu_action("Export selection…", self.chosen.export)
        self.clear_action = self.add_menu_action("Clear selection", self.clear_selection)
        self.switches.changed.connect(self._on_switched)
        self._on_switched()
        self.layouts.began.connect(self._show)
        self.layouts.moved.connect(self._on_moved)
        self.layouts.arrived.connect(self._on_result)
        self.layouts.changed.connect(self._on_state)
        self.controls.stop_asked.connect(self.layouts.stop)
        self.choices = MapChoices(self.controls, self.legend, self)
        self.choices.by_person.connect(self.by_person)
        self.plot.walk_began.connect(self.walk.begin)
        self.walk.found.connect(self._on_code_found)
        self.session.selection.anchors_changed.connect(self._mark)
        self.session.training.state_changed.connect(self._on_training)
        self._on_light()

    # -- asking -----------------------------------------------------------------------------------------------------

    @Slot()
    def _run_changed(self) -> None:
        self.layouts.forget()
        self.result = self.marks.placed = None
        self.light.show(None)
        self.search.search("")
        self.plot.set_points(np.empty((0, 2)))
        self.looks.clear()
        self.thumbs.show(None)
        self.glimpses.show_map(None)
        super()._run_changed()

    def on_run(self) -> None:
        if self.result is not None or self.layouts.running:
            self.on_snapshot()  # The same run, seen again.
        else:
            # Until the person zooms: a map that is trained grows.
            self.plot.following_range = True
            self.controls.set_run(self.run)
            self._open()

    @Slot()
    def _open(self) -> None:
        """Show what the run keeps, else what takes milliseconds: what takes longer is laid out when it is asked for."""
        self._restored = {}
        kept, usual = self.controls.opening()
        if self.controls.takes_kept:
            self.layouts.open(kept, but_later(usual))
        else:
            self._lay_out({})

    def on_snapshot(self) -> None:
        self.thumbs.forget_decodes()
        self.glimpses.renew()
        self.light.search.renew()
        if self.result is None and not self.layouts.running:
            self.on_run()
        elif self.controls.method in SLOW:
            self._on_state()
            self._mark()
        else:
            self.layouts.lay_out_at_once(but_later(self.controls.settings()))

    @Slot(str)
    def _on_training(self, state: str) -> None:
        if state == "idle" and self.result is not None and self.controls.color in LATER and self.seen:
            self._recolor()

    @Slot()
    def lay_out(self, **more: Any) -> None:
        """Ask for the map as the controls have it."""
        self._restored = {}
        self._lay_out(more)

    @Slot()
    def _on_again(self) -> None:
        self.lay_out(refresh=True)

    def _lay_out(self, more: Settings) -> None:
        if self.session.run is None:
            return
        settings = but_later(self.controls.settings())
        if self.controls.method not in SLOW:
            self.layouts.lay_out_at_once(settings)
            return
        self.plot.following_range = True
        self.layouts.lay_out_watched(settings | more, self.result)

    @Slot()
    def _on_resume(self) -> None:
        if self.result is not None and self.result.method == TSNE and not self.over_epochs.shown:
            self.layouts.resume(self.result, self.controls.options.value("steps"))

    @Slot()
    def _recolor(self) -> None:
        """Colour the map that is there by something else."""
        self.colors.ask(self.result)

    @Slot(object, object)
    def _on_recolored(self, old: Result, new: Result) -> None:
        """Colours have arrived for the points of a map."""
        if self.result is not None and self.result.same_points(old):
            self.result = self.result.colored_as(new)
            self.looks.show(self.result)

    def view_settings(self) -> list[str]:
        others = {"decision-regions": self.regions.settings, "time-machine": self.over_epochs.settings}
        if self.view_kind in others:
            return as_changes(others[self.view_kind])
        shown = figure_settings(self.controls, self.layouts, self.plot, self.result, self.looks.hidden_names)
        return as_changes(shown | self.ground.settings | self.light.settings)

    def restore(self, kind: str, settings: Settings) -> bool:
        if kind == "time-machine":
            return self.over_epochs.restore(settings)
        if kind not in ("map", "decision-regions") or settings.get("under", "map") != "map":
            return False
        self.regions.restore(kind, settings)
        self.controls.restore(settings)
        self._restored = dict(settings)
        self.switches.set_names(settings.get("names", True))
        self.search.search(settings.get("where", ""))
        how_far = {key: settings[key] for key in ("early", "stopped", "sample") if settings.get(key) is not None}
        self._lay_out(how_far if self.controls.method == TSNE else {})
        return True

    def offers(self) -> list[Offer]:
        # An entry of the legend is called by its name and not by what a click on it does.
        own = (offer for offer in super().offers() if "\n" not in offer.name)
        return [*own, *self.legend.offers(), *self.ways.offers()]

    @property
    def _is_shown(self) -> bool:
        """Whether the map that is drawn is of the method that is chosen."""
        return self.result is not None and self.result.method == self.controls.method

    # -- drawing ----------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_moved(self, coords: Array) -> None:
        if self.result is not None and len(coords) == len(self.result.index):
            self.result = self.result.moving
            self.plot.axes.set_names(self.result.axes)
            self.plot.set_points(coords)
            self._mark()

    @Slot(object)
    def _on_result(self, result: Result | Refused) -> None:
        if self.refused(result) or isinstance(result, Refused):
            return
        if result.method in SLOW and self.result is not None and self.result.same_points(result):
            # Other colours may have been chosen while its points moved.
            result = result.colored_as(self.result)
        self._show(result)
        self._show_area()

    def _show_area(self) -> None:
        """Of a figure that was brought back, the part that it shows."""
        area = self._restored.get("area")
        if self.result is None or area is None or not self._is_shown:
            return
        if self.result.part == self._restored.get("part", "train"):
            self._restored = {}
            left, right, bottom, top = area
            self.plot.following_range = False
            self.plot.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)

    @Slot(object)
    def _show(self, result: Result) -> None:
        self.show_empty("")
        before, self.result = self.result, result
        if before is None or before.method != result.method or before.part != result.part:
            self.plot.following_range = True
        if self.controls.color in LATER:
            known = before is not None and self.colors.holds(before, result)
            if before is not None and known:
                self.result = result.colored_as(before)
            if self.colors.due(known):
                self._recolor()
        self.plot.axes.set_names(result.axes)
        self.plot.set_points(result.coords)
        self.looks.show(self.result)
        self.thumbs.show(self.result)
        self.glimpses.show_map(self.result)
        self.light.show(self.result)
        self._mark()
        self._on_state()

    @Slot()
    def _on_state(self) -> None:
        """Say what is shown and how far it is."""
        if self.layouts.never_began:
            self.show_empty("")
        elif self.result is None and not self.layouts.running:
            return
        if self.result is not None:
            self.set_subtitle(self.result.subtitle.replace("principal components", "PCA"))
        self.controls.show_state(self.layouts, self.result, self.run)

    def scene_position(self, row: int) -> QPointF:
        """Where a point of the map stands in the plot's scene."""
        return self.plot.scene_position(row)

    # -- marks ------------------------------------------------------------------------------------------------------

    def show_code(self, code: Code) -> None:
        self._mark()

    @Slot()
    def _mark(self) -> None:
        """Point out the current code and the anchors."""
        if self.session is not None:
            self.marks.show(self.result, self.layouts.running)

    # -- points and places ------------------------------------------------------------------------------------------

    def code_of(self, row: int) -> Code | None:
        """The code of a point."""
        if self.result is None or row < 0:
            return None
        # A map of an earlier epoch shows where the image was; its code is that of the model as it is now.
        return self.session.current.code_of(self.result.part, int(self.result.index[row]))

    @Slot(int)
    def _on_point(self, row: int) -> None:
        if self.result is not None:
            self.session.current.pick_image(self.result.part, int(self.result.index[row]))

    @Slot(QPointF, bool)
    def _on_walked(self, point: QPointF, passing: bool) -> None:
        if self.result is not None:
            self.walk.go(self.result, self.layouts.moving_coords(self.result), point, passing)

    @Slot(object, object, bool)
    def _on_code_found(self, code: Code, place: tuple[float, float], passing: bool) -> None:
        self.marks.placed = (code, place)
        self.session.current.set(code, passing=passing, what="walking the map")

    @Slot(int)
    def _on_hovered(self, row: int) -> None:
        self.hover.show(row, self.code_of(row))

    @Slot()
    def _on_switched(self) -> None:
        """Names, pictures or glimpses are wanted, or not."""
        self.plot.names.on = self.switches.on("map_names")
        self.plot.thumbs.on = self.switches.on("map_pictures")
        self.glimpses.set_on(self.switches.on("map_glimpses"))
        self.plot.redraw()

    @Slot(int, QPoint)
    def _on_menu(self, row: int, position: QPoint) -> None:
        self._menu_row = row
        code, chosen = self.code_of(row), self.chosen
        ways = (chosen.clear if chosen.any else None, chosen.make_direction if chosen.count else None)
        menu = point_menu(self, self.session, code, self.plot.fit, self._show_similar, *ways)
        menu.popup(position)

    # -- selection --------------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_lasso_tool(self, on: bool) -> None:
        self.plot.lasso_on = on

    @Slot()
    def _show_similar(self) -> None:
        if self.result is not None:
            self.chosen.select_similar(self.result, self._menu_row)

    @Slot()
    def clear_selection(self) -> None:
        """Select nothing."""
        self.chosen.clear()

    @Slot()
    def _on_light(self) -> None:
        """Others are selected, or found."""
        self.export_action.setEnabled(bool(self.chosen.count))
        self.clear_action.setEnabled(self.chosen.any)
        self._mark()
