"""How odd the image beside a decode is, in a line, and a switch that shows where it does not fit."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel, briefly
from latentexplorer.gui.workers import decoding
from latentexplorer.views.code import Code
from latentexplorer.views.odd_facts import OddFacts, has_oddness, odd_of, shared_held_out
from latentexplorer.views.odd_images import MAP_WORDS

MEANING = (
    "Of so many held-out images that part is given back as badly or worse: rarely so for images like them "
    "(out-of-distribution, anomaly, novelty, outlier). A plain image is easily given back, however odd it is"
)
CAPTION = "misfit"


class OddLine(QWidget):
    """One line below the pictures; takes no room where the code has no image.

    Attributes
    ----------
    facts : OddFacts or None
        About the current code.

    Signals
    -------
    changed : ()
        What it says, or whether the misfit is to be shown.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("odd_line")
        self.facts: OddFacts | None = None
        self._session: Session | None = None
        self.words = ElidedLabel()
        self.words.setObjectName("odd_words")
        self.words.setProperty("role", "caption")
        self.words.setFont(caption_font())
        self.words.meaning = MEANING
        self.switch = QToolButton()
        self.switch.setObjectName("odd_misfit")
        self.switch.setText("Misfit")
        self.switch.setCheckable(True)
        self.switch.setProperty("role", "link")
        self.switch.setFont(caption_font())
        self.switch.setCursor(Qt.CursorShape.PointingHandCursor)
        self.switch.setAccessibleName("Show the misfit in the place of the original")
        self.switch.setToolTip(
            verbatim(f"Is this image odd? Where it does not fit, in the original's place. {MAP_WORDS}")
        )
        self.switch.toggled.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.words, 1)
        row.addWidget(self.switch)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(120, self.minimumSizeHint().height())

    def serve(self, session: Session) -> None:
        """Ask this session's threads."""
        self._session = session

    def ask(self, code: Code) -> None:
        """Say how odd the image of a code is, as soon as that is known.

        While a model learns every snapshot would have others for usual: then nothing is said.
        """
        session = self._session
        if session is None or session.run is None:
            return
        if session.snapshots.following or not has_oddness(session.run, code):
            session.decoder.drop("decoded:odd")
            self._show(None)
            return
        question = partial(odd_of, session.run, code, shared_held_out, decoding.decode)
        session.decoder.ask_in_steps("decoded:odd", question, self._on_facts)

    def _on_facts(self, facts: OddFacts) -> None:
        code = self._session.current.code if self._session is not None else None
        if code is not None and facts.code.same(code):
            self._show(facts)

    def _show(self, facts: OddFacts | None) -> None:
        if facts is None and self.facts is None:
            return
        self.facts = facts
        if facts is not None:
            self.words.briefer = (facts.brief, *briefly(facts.brief))
            self.words.setText(facts.words)
            self.switch.setVisible(facts.picture is not None)
        self.setVisible(facts is not None)
        self.changed.emit()

    @Slot()
    def forget(self) -> None:
        """Another run is open."""
        self._show(None)

    def misfit_of(self, code: Code | None) -> OddFacts | None:
        """What stands in the place of the original of a code, where that is wanted and known."""
        facts = self.facts
        if facts is None or facts.picture is None or not self.switch.isChecked() or code is None:
            return None
        return facts if facts.code.same(code) else None
