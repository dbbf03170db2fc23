"""The loss inside the epochs: a light curve that moves from the first batches on."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor

from latentexplorer.core.history import History
from latentexplorer.gui.panes.loss.readout import in_brief
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training_stage import Stage
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.gui.widgets.plot import line
from latentexplorer.views.comparable import loss_kind
from latentexplorer.views.loss import WHILE_LEARNING, total_in_words, watched_words

LIGHT = 0.4
"""Opacity: the means of whole epochs are what counts."""

Points = tuple[np.ndarray, np.ndarray]
"""Epochs (P,), in fractions of one, and values (P,)."""


class InsideCurve:
    """Of the training of this window, while its run is open.

    Parameters
    ----------
    item : pg.PlotDataItem
        What it is drawn as.
    """

    def __init__(self, item: pg.PlotDataItem) -> None:
        self.item = item

    def points(self, session: Session, log: bool) -> Points | None:
        """What there is to draw, on a logarithmic axis perhaps; None where there is nothing."""
        losses = session.training.losses
        if not session.is_open(losses.path):
            return None
        epochs, values = losses.epochs, losses.losses
        known = np.isfinite(values) & ((values > 0) | (not log))
        # A single point of a training that has ended would be a plot without anything in it.
        least = 1 if session.snapshots.following else 2
        return (epochs[known], values[known]) if known.sum() >= least else None

    def draw(self, points: Points | None, color: QColor) -> None:
        """Draw it, or nothing."""
        self.item.setVisible(points is not None)
        if points is not None:
            light = QColor(color)
            light.setAlphaF(LIGHT)
            self.item.setData(*points, pen=line(light, width=1), symbol=None)

    def words(self, session: Session) -> str:
        """`batch 37 of 313 · loss 143`; "" while nothing trains."""
        stage = session.training.stage if session.snapshots.following else Stage()
        losses = session.training.losses.losses
        return f"{stage.what} · loss {in_brief(losses[-1])}" if stage.what and len(losses) else stage.what


def why_empty(session: Session) -> str:
    """Why the run that is open has no curves; "" where there is nothing to say."""
    words = session.training.stage.words
    if session.snapshots.following and words:
        return words[:1].upper() + words[1:]
    return "Stopped before its first epoch was done: Resume goes on with it" if session.training.unfinished else ""


def solved_words(history: History) -> str:
    """Of PCA, which has no curve: how likely images are under it, which bounds of others can be read against."""
    words = "PCA is solved at once: it has no loss curve"
    known = history.column("test_log_likelihood")
    if not known or math.isnan(known[-1]):
        return words
    nats = f"{known[-1]:,.1f}".replace("-", "−")
    return f"{words}. Held-out log p(x) by probabilistic PCA: {nats} nats per image"


def total_tip(session: Session) -> str:
    """What the total of the open run is the sum of, what it bounds, and what it is measured by."""
    run = session.run
    if run is None:
        return ""
    words = total_in_words(run.config, session.history)
    of = [f"Held-out: {watched_words(run)}", WHILE_LEARNING] if run.info.num_test else []
    return ". ".join([*words, f"In nats of {loss_kind(run.config, run.image_shape)}", *of])
