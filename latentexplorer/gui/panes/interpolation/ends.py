"""How the two ends of an interpolation come about: images, random codes, class means, or those of a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu

from latentexplorer.gui.session.picks import named_code, picked_code, two_images
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain import menu_text, verbatim
from latentexplorer.views.code import Code

MANY_CLASSES = 30


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
        session = self._session
        if session.run is None or code.z.size != session.shown.code_dim:
            session.message.emit("warning", "That code belongs to another model: it has another size")
            return
        session.selection.set_anchor(which, code)

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
        session.selection.set_anchor("A", session.current.code_of(part, first))
        session.selection.set_anchor("B", session.current.code_of(part, last))

    @Slot()
    def pick_random(self) -> None:
        """Two draws from the prior, or from what is fitted to the codes where there is none."""
        self._by_name({"A": f"random:{self._draws}", "B": f"random:{self._draws + 1}"})
        self._draws += 2

    @Slot()
    def pick_means(self) -> None:
        """The means of two classes, others each time."""
        names = self._session.shown.class_names
        count = len(names)
        pairs = [(first, last) for first in range(count) for last in range(first + 1, count)]
        if pairs:
            first, last = pairs[self._draws * 7 % len(pairs)]
            self._by_name({"A": f"mean:{names[first]}", "B": f"mean:{names[last]}"})
        self._draws += 1

    def _random_end(self, which: str) -> None:
        self._by_name({which: f"random:{self._draws}"})
        self._draws += 1

    def _by_name(self, picks: dict[str, str]) -> None:
        """Find codes by name and make them anchors. Fitting to the codes may take a while: that is a job."""
        session, run = self._session, self._session.run
        if run is None:
            return
        question = _names_question(run, picks)
        if run.prior is None and any(pick.startswith("random:") for pick in picks.values()):
            job = session.submit("Drawing codes", lambda emit, stop: question(), "interpolation-draw")
            job.succeeded.connect(self._on_named)
        else:
            session.decoder.ask("interpolation_anchors", question, self._on_named)

    @Slot(object)
    def _on_named(self, found: dict[str, Code]) -> None:
        for which, code in found.items():
            self.set(which, code)

    def fill(self, menu: QMenu) -> None:
        """Offer what the ends can be."""
        menu.clear()
        for old in menu.findChildren(QMenu):
            old.deleteLater()
        run = self._session.run
        if run is None:
            return
        labelled = bool(run.class_names) and "train" in run.codes and run.codes["train"].labels is not None
        menu.addAction("Two images").triggered.connect(self.pick_images)
        menu.addAction("Two random codes").triggered.connect(self.pick_random)
        means = menu.addAction("Two class means")
        means.triggered.connect(self.pick_means)
        means.setEnabled(labelled and len(run.class_names) > 1)
        menu.addSeparator()
        for which in "AB":
            one = menu.addMenu(which)
            one.addAction("The current code").triggered.connect(_Call(self._session.selection.set_anchor, which))
            one.addAction("A random code").triggered.connect(_Call(self._random_end, which))
            mean = one.addMenu("Mean of a class")
            mean.setEnabled(labelled)
            for name in run.class_names[:MANY_CLASSES] if labelled else ():
                action = mean.addAction(menu_text(name))
                action.setToolTip(verbatim(name))
                action.triggered.connect(_Call(self._by_name, {which: f"mean:{name}"}))

    def restore(self, settings: dict[str, Any]) -> None:
        """Find the ends of a figure; `restored` follows."""
        job = self._session.submit("Bringing the figure's codes back", _ends_work(self._session.run, settings))
        job.succeeded.connect(self.restored)

    def moved(self, run: Any) -> bool:
        """After new weights an image stays an anchor although its code has moved; whether any has."""
        moved = False
        for which, code in list(self._session.selection.anchors.items()):
            newer = None
            if code is not None and code.of_image:
                newer = self._session.current.code_of(code.part, code.index)
            elif code is not None and code.pick.startswith(("mean:", "median:")):
                newer = named_code(run, code.pick)
            if code is not None and newer is not None and not np.array_equal(newer.z, code.z):
                self._session.selection.set_anchor(which, newer)
                moved = True
        return moved


class _Call:
    """A call with its arguments, for an entry of a menu; what the signal brings is left out."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._function, self._arguments = function, arguments

    def __call__(self, *_: Any) -> None:
        self._function(*self._arguments)


def caption_of(run: Any, code: Code) -> str:
    """What an end is: its class and where it is from."""
    names = run.class_names
    if code.label is not None and code.label < len(names) and code.of_image:
        return f"{names[code.label]}, {code.how}"
    return code.how or "a code"


def _names_question(run: Any, picks: dict[str, str]) -> Callable[[], dict[str, Code]]:
    """A question for the decoder's thread, or work for a job."""

    def question() -> dict[str, Code]:
        return {which: named_code(run, pick) for which, pick in picks.items()}

    return question


def _ends_work(run: Any, settings: dict[str, Any]) -> Callable[..., dict[str, Code]]:
    """Work that finds the two ends of a figure, with the classes they are decoded with."""

    def task(emit: Any, stop: Any) -> dict[str, Code]:
        from latentexplorer.views.interpolation import ends_of
        from latentexplorer.views.lookup import decode_class
        from latentexplorer.views.registry import settings_of

        checked = settings_of("interpolation", settings)
        first, last = (picked_code(run, picked) for picked in ends_of(run, run, checked))
        labels = checked.label, checked.end_label or checked.label
        ys = [decode_class(run, label, default=code.y or 0) for label, code in zip(labels, (first, last), strict=True)]
        return {"A": replace(first, y=ys[0]), "B": replace(last, y=ys[1])}

    return task
