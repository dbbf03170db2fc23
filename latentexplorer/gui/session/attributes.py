"""Directions between groups of images, kept with their run. Read when it is opened, written whenever one changes."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentexplorer.gui.session.undo import changed
from latentexplorer.gui.workers import attribute_tasks
from latentexplorer.gui.workers.decoder import BACKGROUND, Decoder
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.gui.workers.attribute_tasks import Kept
    from latentexplorer.runs import Trained
    from latentexplorer.runs.attributes import Attribute

MOST_LETTERS = 200


class Attributes(QObject):
    """The directions of the open run.

    Attributes
    ----------
    kept : tuple of Attribute
        In the order in which they were made; each has another name.

    Signals
    -------
    changed : ()
    wanted : (str)
        Somebody wants a direction to the images that a group names.
    pane_wanted : ()
        And wants to see where it is made.
    message : (level, text)
    by_person : (Change)
    """

    changed = Signal()
    wanted = Signal(str)
    pane_wanted = Signal()
    message = Signal(str, str)
    by_person = Signal(object)

    def __init__(self, decoder: Decoder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoder = decoder
        self._run: Trained | None = None
        self._held: Trained | None = None
        """The state whose weights directions are judged by, while somebody keeps it."""
        self._not_kept = ""
        self._mine = ""
        self._keeping, self._numbers = attribute_tasks.Keeping(), itertools.count(1)
        self._unwritten: tuple[int, Trained, Kept] | None = None
        self.kept: Kept = ()

    def clear(self, run: Trained) -> None:
        """Another run is open; `read` follows, when whoever listens knows of it."""
        self.shutdown()
        self._run, self._not_kept, self.kept, self._mine = run, "", (), ""
        self._held = None

    def read(self) -> None:
        """Those that are kept with the run."""
        self.changed.emit()
        run = self._run
        if run is not None and run.path is not None:
            self._decoder.ask("attributes", partial(attribute_tasks.read_kept, run), partial(self._on_read, run))

    def follow(self, run: Trained) -> None:
        """A newer state of the same run: directions of the weights before lead elsewhere now."""
        before, self._run = self._run, run
        if self._held is None:
            self._judge_by(before, run)

    def hold(self, run: Trained | None) -> None:
        """Judge them by the weights of a state that somebody keeps while the run trains on; None: by the newest."""
        before, self._held = self._held or self._run, run
        newest = run or self._run
        if newest is not None:
            self._judge_by(before, newest)
            self.look()

    def _judge_by(self, before: Trained | None, run: Trained) -> None:
        if before is not None and before.info.step != run.info.step and self._mine:
            self._mine = ""
            self.changed.emit()

    def look(self) -> None:
        """Ask which of them are of the weights that are shown, where that is not known."""
        run = self._held or self._run
        if run is not None and self.kept and not self._mine:
            self._decoder.ask("attributes_fit", partial(attribute_tasks.model_of, run), partial(self._on_model, run))

    def _on_model(self, run: Trained, fingerprint: str) -> None:
        if run is (self._held or self._run):
            self._mine = fingerprint
            if any(self.fits(attribute) for attribute in self.kept):
                self.changed.emit()

    def _on_read(self, run: Trained, found: tuple[Kept, str] | Refused) -> None:
        if self._run is None or run.path != self._run.path:
            return
        if isinstance(found, Refused):
            # What cannot be read is not overwritten, either.
            self._not_kept = found.what
            self.message.emit("warning", found.text)
            return
        kept, fingerprint = found
        self._mine = fingerprint if run is (self._held or self._run) else self._mine
        known = {attribute.name for attribute in self.kept}
        self.kept = (*(attribute for attribute in kept if attribute.name not in known), *self.kept)
        self.changed.emit()

    def want(self, group: str) -> None:
        """Bring the place where a direction to a group of images is made."""
        self.pane_wanted.emit()
        self.wanted.emit(group)

    def fits(self, attribute: Attribute) -> bool:
        """Whether a direction is of the weights that are shown."""
        return attribute.fits.fingerprint == self._mine

    def named(self, name: str) -> Attribute | None:
        """The one of that name."""
        return next((attribute for attribute in self.kept if attribute.name == name), None)

    def add(self, attribute: Attribute) -> None:
        """Keep one more; the one that had its name gives way."""
        others = tuple(each for each in self.kept if each.name != attribute.name)
        replaced = len(others) < len(self.kept)
        self._change((*others, attribute), f"{'replacing' if replaced else 'making'} the direction {attribute.name}")
        self.look()

    def free_name(self, attribute: Attribute) -> str:
        """Its name, or that with a number where another direction has it; the same groups made anew keep theirs."""
        numbered = [attribute.name, *(f"{attribute.name} {number}" for number in range(2, len(self.kept) + 3))]
        groups = attribute.from_group, attribute.to_group
        for name in numbered:
            other = self.named(name)
            if other is None or (other.from_group, other.to_group) == groups:
                return name
        raise AssertionError(numbered)

    def rename(self, old: str, new: str) -> None:
        """Another name, at the same place in the list."""
        new = new.strip()[:MOST_LETTERS]
        if not new or new == old or self.named(old) is None:
            return
        if self.named(new) is not None:
            self.message.emit("warning", f"There is a direction {new} already: choose another name")
            return
        kept = tuple(each.model_copy(update={"name": new}) if each.name == old else each for each in self.kept)
        self._change(kept, f"renaming the direction {old}")

    def remove(self, name: str) -> None:
        """Take one off the list."""
        if self.named(name) is not None:
            self._change(tuple(each for each in self.kept if each.name != name), f"deleting the direction {name}")

    def _change(self, kept: Kept, what: str) -> None:
        self.by_person.emit(changed(what, self._put_back, self.kept, kept))
        self._put_back(kept)

    def _put_back(self, kept: Kept) -> None:
        """Show them, and have them written into the run's folder: with long groups that takes longer than a blink."""
        self.kept = kept
        self.changed.emit()
        if self._run is None:
            return
        if self._not_kept:
            self._say(self._not_kept)
            return
        number = next(self._numbers)
        self._unwritten = number, self._run, kept
        question = partial(self._keeping.write, *self._unwritten)
        self._decoder.ask("attributes_write", question, partial(self._on_written, number), BACKGROUND)

    def _on_written(self, number: int, wrong: str) -> None:
        if self._unwritten is not None and self._unwritten[0] == number:
            self._unwritten = None
        self._say(wrong)

    def _say(self, wrong: str) -> None:
        if wrong:
            self.message.emit("warning", f"Directions last only while the run is open: {wrong}")

    def shutdown(self) -> None:
        """Write what is not written yet: the run is left, or the window closes."""
        unwritten, self._unwritten = self._unwritten, None
        if unwritten is not None:
            self._say(self._keeping.write(*unwritten))
