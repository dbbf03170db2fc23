"""A pane whose figure can be written as an animation: what can move in it, and the work that writes it.

The dialog belongs to the window: the pane says what can be animated and is told what was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Job

FRAMES = 48
EXPORT = "Export animation"
OTHER_NAMES = ("animation", "gif", "webp", "apng", "film", "movie", "video")
"""What somebody types who looks for the entry."""


@dataclass(frozen=True)
class Animated:
    """What can be animated.

    Attributes
    ----------
    name : str
        Makes the file's name together with the run's: "run-interpolation.gif".
    run_name : str
    size : (height, width)
        Of one frame, pixels.
    part_title : str
        What kind of thing there is to choose that moves; "" where there is no choice.
    parts : tuple of str
        The things themselves. The first one is proposed.
    frames : int
        How many are proposed.
    """

    name: str
    run_name: str
    size: tuple[int, int]
    part_title: str = ""
    parts: tuple[str, ...] = ()
    frames: int = FRAMES


@dataclass(frozen=True)
class AnimationChoice:
    """How an animation is to be written; `part` is one of `Animated.parts`."""

    path: Path
    frames: int
    frames_per_s: int
    scale: int
    back: bool
    part: str = ""


class AnimatedPane(Pane):
    """Base of panes whose figure can move.

    A subclass answers `animated` and `frame_settings`, and `frame_kind` where that is not what it shows.

    Signals
    -------
    animation_asked : (Animated)
        Somebody wants to write it; `animate` is called with what they choose.
    """

    animation_asked = Signal(object)
    not_yet = ""
    """What a person is told while there is nothing to animate."""

    def animated(self) -> Animated | None:
        """What can be animated now."""
        raise NotImplementedError

    @property
    def moves_as_shown(self) -> bool:
        """Whether there is something to animate now, and it is what the figure shows."""
        return self.frame_kind("") == self.view_kind and self.animated() is not None

    def frame_settings(self, part: str, frames: int) -> Sequence[str]:
        """The settings of a figure whose images, one after another, are the frames; as `KEY=VALUE`."""
        raise NotImplementedError

    def frame_kind(self, part: str) -> str:
        """The kind of that figure."""
        return self.view_kind

    def offers(self) -> list[Offer]:
        found = super().offers()
        return [replace(one, known_as=OTHER_NAMES) if one.name.startswith(EXPORT) else one for one in found]

    @Slot()
    def export_animation(self) -> None:
        """Ask for a file and write an animation into it."""
        found = self.animated() if self.session.run is not None else None
        if found is None:
            self.session.message.emit("info", self.not_yet)
        else:
            self.animation_asked.emit(found)

    @Slot(object)
    def animate(self, choice: AnimationChoice) -> Job | None:
        """Write the animation that was chosen; None where there is none any more, which is said."""
        if self.session.run is None or self.animated() is None:
            # A run came while it was chosen, say, and took the anchors along.
            self.session.message.emit("info", self.not_yet)
            return None
        work = partial(
            tasks.animation,
            self.run,
            self.frame_kind(choice.part),
            list(self.frame_settings(choice.part, choice.frames)),
            choice.path,
            choice.frames_per_s,
            choice.back,
            choice.scale,
            picture_style.smooth,
        )
        return self.session.write(f"Writing {choice.path.name}", work, choice.path)
