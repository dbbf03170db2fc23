r"""When panes ask the model that trains for a snapshot: one state machine, told the time, without Qt.

    RESTING --asked--> ASKED --arrived--> OPENING --shown--> RESTING
                         \____________dropped_____________/

The panes draw what was shown while the machine rests (`drawing_since_s`), and what they took for it decides when they
ask again: a training of which nobody watches the pictures spends a small part of its time on them, and somebody who
does watch sees them move. What they took is their own processor time: the clock also runs while they wait for the
training to leave them a core, which costs that nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

REST, REST_HERE = 16, 1
"""After so many times as long as the panes took for a snapshot they ask for another: nobody touches the window, and
somebody does."""
UNWATCHED_S = 2.0
"""Nobody who touches the window: no two snapshots within that time. However quickly they are drawn, taking one costs
the training some steps."""
FRESH_S = 6.0
"""So long somebody watches a training that has begun, without touching anything."""


class Phase(Enum):
    """Where the snapshot is that was asked for last."""

    RESTING = "it is on the screen, or none was asked for"
    ASKED = "the trainer is to take it"
    OPENING = "it was taken and is being made into a run"


@dataclass
class SnapshotPacing:
    """Methods are what happens; those that return True say that a snapshot is to be asked for now.

    Attributes
    ----------
    phase : Phase
    again : bool
        Whether another one follows at once: the training stands still, and the one under way was taken before.
    drawing_since_s : float or None
        When the one that the panes still draw arrived.
    not_before_s : float
        Nothing is asked for before.
    fresh_until_s : float
        Somebody watches until then.
    """

    phase: Phase = Phase.RESTING
    again: bool = False
    drawing_since_s: float | None = None
    not_before_s: float = 0.0
    fresh_until_s: float = 0.0

    @property
    def drawing(self) -> bool:
        """Whether the panes still draw a snapshot."""
        return self.drawing_since_s is not None

    def begin(self) -> None:
        """A training begins; nothing is under way."""
        self.dropped()
        self.drawing_since_s, self.not_before_s, self.fresh_until_s = None, 0.0, 0.0

    def first(self, now_s: float) -> None:
        """Its first snapshot was asked for with it: what it is before its first step."""
        self.phase = Phase.ASKED
        self.fresh_until_s = now_s + FRESH_S

    def end(self) -> None:
        """It has ended."""
        self.begin()

    def tick(self, now_s: float, somebody_here: bool) -> bool:
        """Time has passed while it trains."""
        waits = self.drawing and not somebody_here
        return not waits and now_s >= self.not_before_s and self._ask()

    def stand_still(self) -> bool:
        """The training has paused: what it is now is to be seen, also where one is under way."""
        if self._ask():
            return True
        self.again = True
        return False

    def _ask(self) -> bool:
        """Ask, unless one is under way; that one is the newest then."""
        if self.phase is not Phase.RESTING:
            self.again = False
            return False
        self.phase = Phase.ASKED
        return True

    def arrived(self, now_s: float) -> None:
        """The trainer has taken it."""
        self.phase = Phase.OPENING
        self.drawing_since_s = now_s

    def dropped(self) -> None:
        """It is not wanted any more: another run is looked at."""
        self.phase, self.again = Phase.RESTING, False

    def shown(self) -> bool:
        """It is on the screen, and the panes begin to draw."""
        self.phase = Phase.RESTING
        again, self.again = self.again, False
        return again and self._ask()

    def rested(self, now_s: float, somebody_here: bool, spent_s: float = math.inf) -> None:
        """The panes have drawn all that they asked for, in so much processor time, as far as that is known."""
        if self.drawing_since_s is not None:
            took_s = min(now_s - self.drawing_since_s, spent_s)
            watched = somebody_here or now_s < self.fresh_until_s
            self.not_before_s = now_s + (REST_HERE * took_s if watched else max(REST * took_s, UNWATCHED_S))
            self.drawing_since_s = None

    def somebody_came(self) -> None:
        """Somebody touches the window again: no more waiting."""
        self.not_before_s = 0.0
