"""The arrangements to start from: which panes stand where, for one thing that a person does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where one pane is seen.

    Attributes
    ----------
    panes : tuple of str
        Names of panes; several are tabs, the first in front.
    later : tuple of str
        Panes that are away at first, and become tabs here when they are asked for.
    """

    panes: tuple[str, ...]
    later: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Those that are seen and those that may be."""
        return self.panes + self.later


@dataclass(frozen=True)
class Split:
    """Parts side by side, or one below the other.

    Attributes
    ----------
    parts : tuple of (int, Place or Split)
        Each with its share of the room.
    """

    parts: tuple[tuple[int, Place | Split], ...]
    below: bool = False


@dataclass(frozen=True)
class Workspace:
    """One arrangement.

    Attributes
    ----------
    bare : bool
        Whether nothing but its panes is seen: no toolbar, no messages, no bars and strips beside the picture.
    """

    name: str
    title: str
    tip: str
    key: str
    root: Split
    bare: bool = False


def _beside(*parts: tuple[int, Place | Split]) -> Split:
    return Split(parts)


def _below(*parts: tuple[int, Place | Split]) -> Split:
    return Split(parts, below=True)


def _place(*panes: str, later: tuple[str, ...] = ()) -> Place:
    return Place(panes, later)


EXPLORE, TRAIN, STAGE, ALL = "explore", "train", "stage", "all"

WORKSPACES: dict[str, Workspace] = {
    workspace.name: workspace
    for workspace in (
        Workspace(
            EXPLORE,
            "Explore",
            "Walk around in the codes: the map, the picture, the plane",
            "Alt+1",
            _beside(
                (54, _below((55, _place("map")), (45, _place("latent_grid", later=("loss", "training"))))),
                (
                    46,
                    _below(
                        (68, _place("decoded")),
                        (32, _place("traversal", "interpolation", "gallery", "runs", later=("comparison",))),
                    ),
                ),
            ),
        ),
        Workspace(
            TRAIN,
            "Train",
            "Set up a model and watch it learn",
            "Alt+2",
            _beside(
                (30, _place("training", later=("runs",))),
                (
                    70,
                    _below(
                        (46, _place("loss", "gallery", later=("traversal", "interpolation", "comparison"))),
                        (54, _beside((50, _place("latent_grid", later=("decoded",))), (50, _place("map")))),
                    ),
                ),
            ),
        ),
        Workspace(
            "compare",
            "Compare",
            "Runs beside each other: their results, pictures, losses and maps",
            "Alt+3",
            _beside(
                (44, _place("runs", later=("training", "traversal", "interpolation"))),
                (56, _place("comparison", later=("loss", "map", "latent_grid", "decoded", "gallery"))),
            ),
        ),
        Workspace(
            "diagnose",
            "Diagnose",
            "What the codes do: which dimensions live, where there is no data",
            "Alt+4",
            _beside(
                (38, _below((58, _place("map")), (42, _place("latent_grid", "loss", later=("training",))))),
                (
                    34,
                    _below(
                        (58, _place("traversal")),
                        (42, _place("gallery", "interpolation", later=("runs", "comparison"))),
                    ),
                ),
                (28, _place("decoded")),
            ),
        ),
        Workspace(
            STAGE,
            "Stage",
            "One large picture that follows the mouse, for a projector",
            "Alt+5",
            _beside(
                (56, _place("decoded", later=("gallery", "loss"))),
                (
                    44,
                    _place(
                        "map", "latent_grid", later=("traversal", "interpolation", "training", "runs", "comparison")
                    ),
                ),
            ),
            bare=True,
        ),
        Workspace(
            ALL,
            "All",
            "Every pane at once, for a large screen",
            "Alt+0",
            _below(
                (
                    64,
                    _beside(
                        (22, _place("training")),
                        (30, _place("map")),
                        (27, _place("latent_grid")),
                        (21, _place("decoded")),
                    ),
                ),
                (
                    36,
                    _beside(
                        (29, _place("loss")),
                        (38, _place("traversal", "gallery")),
                        (33, _place("interpolation", "runs", later=("comparison",))),
                    ),
                ),
            ),
        ),
    )
}
"""By name, in the order of their keys."""


def places(part: Place | Split) -> Iterator[Place]:
    """All places of an arrangement, in reading order."""
    if isinstance(part, Place):
        yield part
    else:
        for _, inside in part.parts:
            yield from places(inside)


def front(part: Place | Split) -> str:
    """The pane that is seen first of a part."""
    return next(places(part)).panes[0]
