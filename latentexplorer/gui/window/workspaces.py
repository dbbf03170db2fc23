"""The arrangements to start from: which panes stand where, for one thing that a person does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    most_px : int
        Wider than this it is of no use: the rest goes to those beside it. 0: there is no such width.
    """

    panes: tuple[str, ...]
    later: tuple[str, ...] = ()
    most_px: int = 0

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
    narrow : Split or None
        Stands in place of `root` in a window that is narrower than `NARROW_PX`.
    """

    name: str
    title: str
    tip: str
    key: str
    root: Split
    bare: bool = False
    narrow: Split | None = None

    def is_narrow(self, width_px: int) -> bool:
        """Whether a window of this width shows the arrangement for narrow ones."""
        return self.narrow is not None and width_px < NARROW_PX

    def root_for(self, width_px: int) -> Split:
        """The arrangement for a window of this width."""
        return self.narrow if self.narrow is not None and self.is_narrow(width_px) else self.root


def _beside(*parts: tuple[int, Place | Split]) -> Split:
    return Split(parts)


def _below(*parts: tuple[int, Place | Split]) -> Split:
    return Split(parts, below=True)


def _place(*panes: str, later: tuple[str, ...] = (), most_px: int = 0) -> Place:
    return Place(panes, later, most_px)


FORM_PX = 480
"""A form that is wider only moves its fields away from their names."""
NARROW_PX = 1200
"""A window that is narrower has no room for four panes side by side."""


EXPLORE, TRAIN, STAGE, ALL = "explore", "train", "stage", "all"
LEARNING = ("loss", "map", "latent_grid")
"""The panes that show how a model learns."""

_DIAGNOSES = _place(
    "dimensions", "prior_lab", "attributes", "gallery", "interpolation", later=("runs", "comparison", "sweep")
)

WORKSPACES: dict[str, Workspace] = {
    workspace.name: workspace
    for workspace in (
        Workspace(
            EXPLORE,
            "Explore",
            "Walk around in the codes: the map, the picture, the plane",
            "Alt+1",
            _beside(
                (
                    54,
                    _below((55, _place("map")), (45, _place("latent_grid", later=("loss", "loss_terms", "training")))),
                ),
                (
                    46,
                    _below(
                        (68, _place("decoded")),
                        (
                            32,
                            _place(
                                "traversal",
                                "interpolation",
                                "gallery",
                                "runs",
                                later=("comparison", "dimensions", "prior_lab", "attributes", "sweep"),
                            ),
                        ),
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
                (30, _place("training", later=("runs",), most_px=FORM_PX)),
                (
                    70,
                    _below(
                        (
                            46,
                            _place(
                                "loss",
                                "gallery",
                                later=(
                                    "loss_terms",
                                    "traversal",
                                    "interpolation",
                                    "dimensions",
                                    "prior_lab",
                                    "attributes",
                                    "comparison",
                                    "sweep",
                                ),
                            ),
                        ),
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
                (
                    56,
                    _place(
                        "comparison",
                        later=(
                            "sweep",
                            "loss",
                            "loss_terms",
                            "map",
                            "latent_grid",
                            "decoded",
                            "gallery",
                            "dimensions",
                            "prior_lab",
                            "attributes",
                        ),
                    ),
                ),
            ),
        ),
        Workspace(
            "diagnose",
            "Diagnose",
            "What the codes do: which dimensions live, where there is no data",
            "Alt+4",
            _beside(
                (
                    38,
                    _below((58, _place("map")), (42, _place("latent_grid", "loss", "loss_terms", later=("training",)))),
                ),
                (
                    34,
                    _below((52, _place("traversal")), (48, _DIAGNOSES)),
                ),
                (28, _place("decoded")),
            ),
            # The names of five panes that share a place are to be read.
            narrow=_beside(
                (
                    31,
                    _below((58, _place("map")), (42, _place("latent_grid", "loss", "loss_terms", later=("training",)))),
                ),
                (45, _below((52, _place("traversal")), (48, _DIAGNOSES))),
                (24, _place("decoded")),
            ),
        ),
        Workspace(
            STAGE,
            "Stage",
            "One large picture that follows the mouse, for a projector",
            "Alt+5",
            _beside(
                (56, _place("decoded", later=("gallery", "loss", "loss_terms"))),
                (
                    44,
                    _place(
                        "map",
                        "latent_grid",
                        later=(
                            "traversal",
                            "interpolation",
                            "training",
                            "dimensions",
                            "prior_lab",
                            "attributes",
                            "runs",
                            "comparison",
                            "sweep",
                        ),
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
                        (22, _place("training", most_px=FORM_PX)),
                        (30, _place("map")),
                        (27, _place("latent_grid")),
                        (21, _place("decoded")),
                    ),
                ),
                (
                    36,
                    _beside(
                        (29, _place("loss", "loss_terms")),
                        (38, _place("traversal", "gallery", "dimensions", "attributes")),
                        (33, _place("interpolation", "runs", "comparison", "prior_lab", "sweep")),
                    ),
                ),
            ),
            narrow=_below(
                (60, _beside((38, _place("map")), (37, _place("latent_grid")), (25, _place("decoded")))),
                (
                    40,
                    _beside(
                        (33, _place("loss", "loss_terms", "training")),
                        (34, _place("traversal", "gallery", "dimensions", "attributes")),
                        (33, _place("interpolation", "runs", "comparison", "prior_lab", "sweep")),
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


def shared(room_px: int, shares: Sequence[int], least_px: Sequence[int], most_px: Sequence[int]) -> list[int]:
    """Sizes of parts beside each other: their shares of the room, as far as each may be as small and as large.

    `most_px`: 0 for a part that takes whatever there is.
    """
    held: dict[int, int] = {}
    while True:
        free = [at for at in range(len(shares)) if at not in held]
        room, whole = room_px - sum(held.values()), sum(shares[at] for at in free)
        sizes = {at: room * shares[at] // whole for at in free}
        short = {at: least_px[at] for at in free if sizes[at] < least_px[at]}
        wide = {at: most_px[at] for at in free if most_px[at] and sizes[at] > most_px[at]}
        # First who has too little: what they are given, others may not have too much of.
        if len(free) < 2 or not (short or wide):
            # Where there is less room than the others need at least, the last one stands all the same.
            return [max((held | sizes)[at], 1) for at in range(len(shares))]
        held |= short or wide
