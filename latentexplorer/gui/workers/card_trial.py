"""When a card is tried: once nobody has asked the decoder for anything for a while."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from latentexplorer.gui.workers.decoder import BACKGROUND, Decoder
from latentexplorer.gui.workers.on_card import card

QUIET_MS = 500


class CardTrial(QObject):
    """Asks for the trial of what the card has not decoded yet, in quiet.

    Parameters
    ----------
    decoder : Decoder
        Whose lane of panes does it, a step at a time: the current code waits for none of them.
    """

    def __init__(self, decoder: Decoder, parent: QObject) -> None:
        super().__init__(parent)
        self._decoder = decoder
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._try)
        decoder.rested.connect(self._on_rested)

    @Slot()
    def _on_rested(self) -> None:
        if card.has_untried:
            self._quiet.start()

    @Slot()
    def _try(self) -> None:
        # What is asked just now rests, too, and then it is quiet anew.
        if not self._decoder.busy:
            self._decoder.ask_in_steps("card", card.try_out, self._on_tried, BACKGROUND)

    def _on_tried(self, tried: bool) -> None:
        """Nothing to show."""
