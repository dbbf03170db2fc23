"""Two models on the same images: numbers, two maps that are clicked, the same image, path and dimensions in both."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.panes.comparison.duel_plane import PlanePair
from latentexplorer.gui.panes.comparison.maps import RunMaps
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, title_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.image_stacks import LABEL_GAP_PX, Stacks
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.duel import Result
from latentexplorer.views.duel_strips import SameImage
from latentexplorer.views.duel_words import PLUS_MINUS, lines, match_words, matched_text

IMAGES_PX = 124
"""Width of the column of the image and its decodes, at least."""
MAPS_PX, HIGHEST_PX, HEAD_PX = 200, 380, 36
"""Height of the maps at least and at most, and of what stands above each."""
HIGH_SHARE = 0.42
"""Part of the board's height that the maps may take where that is more."""
NAMES_SHARE = 0.3
"""Part of the width that names of the strips may take."""
LEAST_PX, MOST_PX = 24, 160
"""Width of a picture of a strip."""
GAP_PX = 3
OTHER_ENDS = "Ctrl+1 and Ctrl+2 let it begin and end at the current image"


class DuelBoard(QScrollArea):
    """Shows a duel; scrolls where it is higher than its place.

    Signals
    -------
    picked : (int)
        An image was clicked on a map: its position in the first run.
    """

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compare_duel_board")
        self.setAccessibleName("Two models on the same images")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.found: Result | None = None
        self.anchored = False
        """Whether anchors of the open run are ends of the path."""
        inside = QWidget()
        self.setWidget(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        self.verdict = Label()
        self.verdict.setObjectName("duel_verdict")
        self.verdict.setWordWrap(True)
        self.numbers = Label()
        self.numbers.setObjectName("duel_numbers")
        self.numbers.setFont(caption_font())
        self.numbers.setProperty("role", "muted")
        self.numbers.setWordWrap(True)
        self.numbers.setToolTip(verbatim(PLUS_MINUS))
        said = QHBoxLayout()
        said.addWidget(self.verdict, 1)
        said.addWidget(GuideLink("model-duel"), 0, Qt.AlignmentFlag.AlignTop)
        self.maps = RunMaps()
        self.maps.setObjectName("duel_maps")
        self.maps.setFixedHeight(MAPS_PX)
        self.maps.picked.connect(self.picked)
        self.same = SameImageColumn()
        beside = QHBoxLayout()
        beside.setSpacing(SPACE)
        beside.addWidget(self.maps, 1)
        beside.addWidget(self.same)
        self.path = StripBlock("duel_path")
        self.plane = PlanePair()
        self.dimensions = DimensionStrips()
        column.addLayout(said)
        column.addWidget(self.numbers)
        column.addLayout(beside)
        column.addWidget(self.path)
        column.addWidget(self.plane)
        column.addWidget(self.dimensions)
        column.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Side by side, each about square.
        width, most = self.viewport().width(), max(HIGHEST_PX, int(self.viewport().height() * HIGH_SHARE))
        each = (width - IMAGES_PX - 2 * SPACE) // 2
        high = min(max(each + HEAD_PX, MAPS_PX), most)
        self.same.fit(high, IMAGES_PX + max(width - IMAGES_PX - 2 * (high - HEAD_PX + SPACE), 0))
        self.maps.setFixedHeight(high)

    def show_result(self, found: Result) -> None:
        """Draw a duel."""
        if self.found is None or self.found.names != found.names:
            self.verticalScrollBar().setValue(0)
        self.found = found
        self.verdict.setText(f"{found.notes[0]}.")
        self.numbers.setText("\n".join(_line(found, *line) for line in lines(found.alike, found.seeds)))
        self.maps.show_result(found.comparison)
        self.show_strips(found)

    def show_strips(self, found: Result) -> None:
        """Draw other strips of the same duel."""
        self.found = found
        start, end = found.ends
        self.dimensions.show_result(found)
        self.plane.show_plane(found.plane, found.names)
        how = f". {OTHER_ENDS}" if self.anchored else ""
        self.path.show_strips(f"The same path: {start.title} → {end.title}{how}", found.strips.paths, found.names)
        # All strips begin at one place.
        blocks = [self.path, *self.dimensions.blocks[: found.strips.rows]]
        widest = max(block.stacks.widest_name() for block in blocks)
        for block in blocks:
            block.stacks.names_px = widest
            block.fit()

    def mark(self, position: int) -> None:
        """Ring an image on both maps; -1 for none."""
        self.maps.mark(position)


def _line(found: Result, title: str, value: str, chance: str, seeds: str) -> str:
    beside = [f"by chance {chance}"]
    if seeds and found.seeds is not None:
        beside.append(f"two seeds of {found.seeds.names[0]} {seeds}")
    return f"{title} {value} ({', '.join(beside)})"


class SameImageColumn(QWidget):
    """An image above what each of both models makes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("duel_same_image")
        self.setAccessibleName("The same image through both models")
        self.setFixedWidth(IMAGES_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        self.views = [ImageView(f"duel_{name}") for name in ("original", "first", "second")]
        title = Label()
        title.setWordWrap(True)
        self.captions: list[Label | ElidedLabel] = [title, ElidedLabel(""), ElidedLabel("")]
        said = ("The image", "The image by the first model", "The image by the second model")
        for view, caption, words in zip(self.views, self.captions, said, strict=True):
            view.setAccessibleName(words)
            view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            caption.setFont(caption_font())
            caption.setProperty("role", "muted")
            # Where the picture below it stands.
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(caption)
            column.addWidget(view, 1)

    def fit(self, height: int, most_px: int) -> None:
        """Take so much height, and the width of pictures that are as high as that lets them be."""
        self.setFixedHeight(height)
        self.setFixedWidth(min(max(height // len(self.views) - HEAD_PX // 2, IMAGES_PX), most_px))

    def show_image(self, found: SameImage, names: Sequence[str]) -> None:
        """Show an image."""
        self.setAccessibleDescription(found.end.title)
        texts = [found.end.title, *(_error(name, error) for name, error in zip(names, found.errors, strict=True))]
        for view, caption, image, text in zip(
            self.views, self.captions, (found.end.original, *found.images), texts, strict=True
        ):
            view.setAccessibleName(text)
            view.set_image(image)
            caption.setText(text)
            caption.setToolTip(verbatim(text))
        # It takes two lines: the class has one of its own, and no number stands alone.
        self.captions[0].setText("\n".join(texts[0].rsplit(", ", 1)))
        for caption, text in zip(self.captions[1:], texts[1:], strict=True):
            if isinstance(caption, ElidedLabel):
                # The runs stand in the order of their maps: a name that is cut to nothing says no more.
                caption.briefer = (" ".join(text.split()[:2]),) if text.startswith("rmse ") else ()


def _error(name: str, error: float) -> str:
    return name if math.isnan(error) else f"rmse {error:.3f} {name}"


class _Strips(Stacks):
    """Stacks that stand in one row where there is room.

    Attributes
    ----------
    names_px : int
        Room for the names where there is that much, whatever they are.
    """

    names_px = 0

    def widest_name(self) -> int:
        """Width of the names, pixels."""
        metrics = QFontMetrics(caption_font())
        return max((metrics.horizontalAdvance(name) for name in self.names), default=0)

    @property
    def _left(self) -> float:
        return min(self.names_px, self.width() * NAMES_SHARE) + LABEL_GAP_PX

    def fit(self, width: int) -> None:
        """Make them as large as a width allows."""
        count = len(self.images)
        if count:
            room = (width - self._left) // count - self.gap_px
            self.cell_px = int(min(max(room, LEAST_PX), MOST_PX))
            self._fit_height()
            self.update()


class StripBlock(QWidget):
    """A line of words, and below it two strips, one above the other, as large as lets them stand in one row."""

    def __init__(self, name: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.heading = Label()
        self.heading.setFont(caption_font())
        self.heading.setWordWrap(True)
        self.stacks = _Strips(LEAST_PX, GAP_PX)
        self.stacks.setObjectName(name)
        self.stacks.setAccessibleName("The same by both models")
        self.stacks.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column.addWidget(self.heading)
        column.addWidget(self.stacks)

    def show_strips(self, heading: str, images: Sequence[Array], names: Sequence[str]) -> None:
        """Show two strips (S, H, W, C) with their names."""
        self.heading.setText(heading)
        self.stacks.setAccessibleName(heading)
        self.stacks.set_stacks(images, _no_code, names=names)

    def fit(self) -> None:
        """Let them be as large as there is room."""
        self.stacks.fit(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


def _no_code(index: int) -> Code | None:
    return None


class DimensionStrips(QWidget):
    """Matched dimensions, a block of two strips each."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("duel_dimensions")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE)
        self.heading = Label("Matched dimensions")
        self.heading.setFont(title_font())
        self.summary = Label()
        self.summary.setObjectName("duel_matched")
        self.summary.setWordWrap(True)
        self.summary.setFont(caption_font())
        self.summary.setProperty("role", "muted")
        self._column.addWidget(self.heading)
        self._column.addWidget(self.summary)
        self.blocks: list[StripBlock] = []

    def show_result(self, found: Result) -> None:
        """Show the strongest matches."""
        r = f"r: rank correlation over {found.alike.images:,} images, 95 % for all pairs together"
        self.summary.setText(f"{matched_text(found.matches)}; pulled from {found.ends[0].title}. {r}.")
        rows = found.strips.rows
        while len(self.blocks) < rows:
            self.blocks.append(StripBlock(f"duel_dimension_{len(self.blocks)}"))
            self._column.addWidget(self.blocks[-1])
        for at, block in enumerate(self.blocks):
            block.setVisible(at < rows)
            if at < rows:
                pair, size = match_words(found.matches, at)
                names = [f"{name}, {dim}" for name, dim in zip(found.names, pair.split(" and "), strict=True)]
                block.show_strips(f"{pair}: {size}", [images[at] for images in found.strips.pulled], names)
