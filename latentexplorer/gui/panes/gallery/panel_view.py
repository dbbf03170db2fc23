"""One panel of the gallery: a heading and stacks of pictures below it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from latentexplorer.gui.panes.gallery.panels import CELL_PX, Panel
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel, briefly
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.image_stacks import LEAST_PX, StackGrid
from latentexplorer.views.code import Code


class PanelView(QWidget):
    """Draws a `Panel`.

    Attributes
    ----------
    panel : Panel or None
    stacks : Stacks
        The pictures.

    Signals
    -------
    guide_left : (str)
        The page of the guide that something else has to lead to, as there is no room for a link here; "" for none.
    """

    guide_left = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        self.heading = ElidedLabel()
        self.heading.setFont(caption_font())
        self.heading.setProperty("role", "caption")
        self.grid = StackGrid(name, CELL_PX)
        self.stacks = self.grid.stacks
        self.stacks.setAccessibleName("Pictures")
        self._links: dict[str, GuideLink] = {}
        self._head = QHBoxLayout()
        self._head.addWidget(self.heading, 1)
        column.addLayout(self._head)
        column.addWidget(self.grid, 1)
        self.panel: Panel | None = None
        self._codes: list[Code | None] | None = None
        """Those of its pictures, once they were asked for."""

    def show_panel(self, panel: Panel | None) -> None:
        """Draw a panel; None hides it."""
        self.panel = panel
        self._codes = None
        self.setVisible(panel is not None)
        if panel is None:
            self.guide_left.emit("")
            return
        heading = panel.heading[:1].upper() + panel.heading[1:]
        self.heading.briefer = briefly(heading)
        self.heading.setText(heading)
        self._link_to(panel.guide)
        self.grid.least_px = panel.cell_px
        self.stacks.set_stacks(panel.layers, panel.code_of, panel.captions, panel.names, panel.caption_name)
        self._share()
        self.grid.grow()
        self.stacks.set_strength(panel.strength)
        self.stacks.set_tips(self._tip)

    def _link_to(self, guide: str) -> None:
        """Show the way to a page of the guide, or none."""
        if guide and guide not in self._links:
            self._links[guide] = GuideLink(guide)
            self._head.addWidget(self._links[guide])

    def _share(self) -> None:
        """In a low pane whole pictures are worth more than what stands above them."""
        panel = self.panel
        if panel is None:
            return
        # Whether they are seen now or not.
        above = [*([self.heading] if panel.heading else []), *([self._links[panel.guide]] if panel.guide else [])]
        heights = [each.sizeHint().height() for each in above]
        head = max(heights) + SPACE // 2 if heights else 0
        told = self.stacks.whole_in(self.height() - head) >= LEAST_PX or self.stacks.whole_in(self.height()) < LEAST_PX
        self.heading.setVisible(bool(panel.heading) and told)
        for slug, link in self._links.items():
            link.setVisible(slug == panel.guide and told)
        self.guide_left.emit("" if told else panel.guide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _tip(self, index: int) -> str:
        return self.panel.tips[index] if self.panel is not None and index < len(self.panel.tips) else ""

    def mark(self, code: Code | None) -> None:
        """Frame the stack whose code is the current one."""
        if self._codes is None and self.panel is not None:
            self._codes = [self.panel.code_of(index) for index in range(len(self.panel.layers[0]))]
        own = enumerate(self._codes or ())
        same = (at for at, known in own if known is not None and code is not None and _same(known, code))
        self.stacks.set_current(next(same, -1))


def _same(one: Code, other: Code) -> bool:
    if one.of_image and other.of_image:
        return one.index == other.index and one.part == other.part
    return one.same(other)
