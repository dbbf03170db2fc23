"""How the two ends of an interpolation come about: images, random codes, class means, or those of a figure."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from latentexplorer.gui.panes.named_codes import ask_codes
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import menu_text, verbatim
from latentexplorer.gui.workers import code_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.code import Code
from latentexplorer.views.pick import two_images

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MANY_CLASSES = 30
ONE_CLASS = "The training codes of this run are not of two classes, so there are no two class means"
IMAGES, MEANS, CURRENT, RANDOM = "images", "means", "current", "random"
"""What an entry of the menu chooses, beside codes by name."""


class Ends(QObject):
    """Finds codes and makes them the session's anchors.

    Signals
    -------
    restored : (dict "A", "B" -> Code)
        The ends of a figure were found, with the classes they are decoded with.
    """

    restored = Signal(object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._draws = 0

    def set(self, which: str, code: Code) -> None:
        """Make a code an end, where it belongs to this run."""
        self.set_all({which: code})

    def set_all(self, ends: dict[str, Code], what: str = "") -> None:
        """Make codes ends, where they belong to this run; `what` it is called where it can be undone."""
        session = self._session
        if session.run is None or any(code.z.size != session.shown.code_dim for code in ends.values()):
            session.message.emit("warning", "That code belongs to another model: it has another size")
            return
        session.selection.set_anchors(dict(ends), what)

    @Slot()
    def pick_images(self) -> None:
        """Two images, of two classes where there are classes."""
        session = self._session
        if session.run is None:
            return
        found = two_images(session.run, self._draws)
        self._draws += 1
        if found is None:
            session.message.emit("info", "The codes of two images are not known in this run")
            return
        part, first, last = found
        code_of = session.current.code_of
        session.selection.set_anchors({"A": code_of(part, first), "B": code_of(part, last)}, "choosing two images")

    @Slot()
    def pick_random(self) -> None:
        """Two draws from the prior, or from what is fitted to the codes where there is none."""
        self._by_name({"A": RANDOM, "B": RANDOM})

    @Slot()
    def pick_means(self) -> None:
        """The means of two classes, others each time."""
        if self._session.run is None:
            return
        pairs = list(combinations(coded_classes(self._session.run), 2))
        if not pairs:
            self._session.message.emit("info", ONE_CLASS)
            return
        first, last = pairs[self._draws * 7 % len(pairs)]
        self._by_name({"A": f"mean:{first}", "B": f"mean:{last}"})
        self._draws += 1

    def _by_name(self, picks: dict[str, str]) -> None:
        """Find codes by name and make them anchors; `RANDOM` is another draw each time."""
        names = {}
        for which, name in picks.items():
            names[which] = f"random:{self._draws}" if name == RANDOM else name
            self._draws += name == RANDOM
        ask_codes(self._session, "interpolation", names, self._on_named)

    @Slot(object)
    def _on_named(self, found: dict[str, Code]) -> None:
        self.set_all(found)

    def fill(self, menu: QMenu) -> None:
        """Offer what the ends can be; `choose` is told which entry was chosen."""
        menu.clear()
        for old in menu.findChildren(QMenu):
            old.deleteLater()
        run = self._session.run
        if run is None:
            return
        classes = coded_classes(run)
        menu.addAction("Two images").setData(IMAGES)
        menu.addAction("Two random codes").setData({"A": RANDOM, "B": RANDOM})
        means = menu.addAction("Two class means")
        means.setData(MEANS)
        means.setEnabled(len(classes) > 1)
        menu.addSeparator()
        for which in "AB":
            one = menu.addMenu(which)
            one.addAction("The current code").setData({which: CURRENT})
            one.addAction("A random code").setData({which: RANDOM})
            mean = one.addMenu("Mean of a class")
            mean.setEnabled(bool(classes))
            for name in classes[:MANY_CLASSES]:
                action = mean.addAction(menu_text(name))
                action.setToolTip(verbatim(name))
                action.setData({which: f"mean:{name}"})

    @Slot(QAction)
    def choose(self, entry: QAction) -> None:
        """An entry of the menu was chosen: one for both ends, or a code by name for each end that is named."""
        chosen = entry.data()
        if chosen == IMAGES:
            self.pick_images()
        elif chosen == MEANS:
            self.pick_means()
        elif CURRENT in chosen.values():
            for which in chosen:
                self._session.selection.set_anchor(which, self._session.current.code)
        else:
            self._by_name(chosen)

    def restore(self, settings: Settings) -> None:
        """Find the ends of a figure; `restored` follows."""
        work = partial(code_tasks.ends_of_figure, self._session.shown, settings)
        self._session.submit("Bringing the figure's codes back", work).succeeded.connect(self.restored)

    def moved(self, run: Trained) -> bool:
        """After new weights an image stays an anchor although its code has moved; whether any has."""
        return self._session.selection.follow_anchors(run)


def coded_classes(run: Trained | None) -> list[str]:
    """Classes of which a run has training codes: of others there is no mean."""
    codes = run.codes.get("train") if run is not None else None
    if run is None or codes is None or codes.labels is None:
        return []
    there = set(codes.labels.tolist())
    return [name for at, name in enumerate(run.class_names) if at in there]


def known_ends(session: Session, ends: dict[str, Code]) -> tuple[dict[str, Code], int | None]:
    """The ends of a figure with all that is known of their images, and the class that is chosen for both.

    That is the one that both are decoded with, where it is not their own; None where there is no such class.
    """
    code_of = session.current.code_of
    own = {which: (code_of(code.part, code.index) if code.of_image else None) or code for which, code in ends.items()}
    other = [which for which, code in ends.items() if own[which].y != code.y]
    classes = {code.y for code in ends.values()}
    if other and len(classes) == 1:
        return own, int(classes.pop() or 0)
    return {which: code.with_class(ends[which].y) if which in other else code for which, code in own.items()}, None


def same_image(code: Code, other: Code) -> bool:
    """Whether two codes are those of one image of the run."""
    return (code.part, code.index) == (other.part, other.index)
