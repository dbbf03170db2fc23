"""What opens from a window, one after the other (lists of choices, menus, sheets), and what does not fit in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QWidget

from latentexplorer.gui.panes.animation import AnimatedPane
from latentexplorer.gui.window.banners import DetailsDialog
from latentexplorer.gui.workers.job import Failure
from tests.gui.fitting import faults, name
from tests.gui.person import Person

ACTIONS = (
    "new_run",
    "open_images",
    "draw_image",
    "export_all",
    "report",
    "sweep",
    "watch_code",
    "mend_image",
    "swap_class",
    "guide",
    "shortcuts",
    "about",
    "palette",
)
"""What opens something, see the window's table of actions."""
BUTTONS = {
    "map": "map_more",
    "latent_grid": "plane_options_button",
    "traversal": "traversal_options",
    "decoded": "bookmarks_button",
    "gallery": "gallery_classes",
}


def lists_and_menus(window: QWidget, screen: tuple[int, int], names: Iterable[str] = ()) -> list[str]:
    """What does not fit in the lists of the choices that are seen, and in all menus."""
    found = []
    for box in window.findChildren(QComboBox):
        if box.isVisible() and box.count():
            box.showPopup()
            found += [f"list of {fault}" for fault in look(box.view().window(), screen, names)]
            box.hidePopup()
    for menu in window.findChildren(QMenu):
        menu.popup(QPoint())
        if menu.actions():
            # Where a screen is too low for it, Qt stands it in columns.
            room = (screen[0], menu.height())
            found += [f"{menu.title()} of {name(menu.parentWidget())}: {fault}" for fault in look(menu, room, names)]
        menu.close()
    return found


def look(opened: QWidget, screen: tuple[int, int], names: Iterable[str] = ()) -> list[str]:
    """What does not fit in something that has opened, and whether it fits the screen."""
    QApplication.processEvents()
    size = opened.size().boundedTo(QSize(*screen))
    large = [f"is {opened.width()} x {opened.height()} on {screen}"] if size != opened.size() else []
    return large + faults(opened, names)


def sheet(
    open_it: Callable[[], object], settle: Callable[[], object], screen: tuple[int, int], names: Iterable[str] = ()
) -> list[str]:
    """What does not fit in what is opened, as large as it opens and as small as it can be made; closed again."""
    before = set(map(id, _windows()))
    open_it()
    QApplication.processEvents()
    settle()
    opened = [window for window in _windows() if id(window) not in before]
    found = [] if opened else ["nothing has opened"]
    for window in opened:
        found += look(window, screen, names)
        if window.windowType() != Qt.WindowType.Popup:
            window.resize(window.minimumSizeHint().expandedTo(window.minimumSize()))
            found += [f"at its smallest {fault}" for fault in look(window, screen, names)]
        window.close()
    QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
    settle()
    return found


def _windows() -> list[QWidget]:
    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


def what_opens(person: Person, images: Path, failure: Failure) -> dict[str, Callable[[], object]]:
    """What opens from the window, by its name: dialogs and sheets, a folder of images, details, panels, exports."""
    frame = person.frame
    opening: dict[str, Callable[[], object]] = {each: frame.actions_table[each].trigger for each in ACTIONS}
    opening["images"] = partial(frame.open_sheet, [images])
    opening["question"] = partial(person.drop, images)
    opening["details"] = DetailsDialog(failure, frame).open
    for pane_name, button in BUTTONS.items():
        opening[f"panel of {pane_name}"] = partial(press, person, pane_name, button)
    for pane_name, pane in frame.panes.items():
        person.show(pane_name)
        if pane.view_kind and not pane.nothing_to_export():
            opening[f"export of {pane_name}"] = partial(pane_asks, person, pane_name)
        if isinstance(pane, AnimatedPane) and pane.animated() is not None:
            opening[f"animation of {pane_name}"] = pane.export_animation
    return opening


def press(person: Person, pane: str, button: str) -> None:
    """Press a button in a pane."""
    person.show(pane)
    person.click(button)


def pane_asks(person: Person, name: str) -> None:
    """Press the button for the figure of a pane."""
    person.show(name).export_button.click()
