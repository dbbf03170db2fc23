"""What stands between the two ends of a path: how it goes, where on it one is; or how to come to two ends."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSpinBox, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.menu_button import MenuButton
from latentexplorer.views.code_path import Method

METHODS: dict[str, Method] = {"linear": "lerp", "spherical": "slerp"}
MOST_STEPS = 40
CHOICE_PX, CLASS_PX = 96, 140
"""Width of what is chosen."""
NAME = "Interpolation"
PathChoice = tuple[int, int, int]
"""Row of the method, number of images, row of the class."""


class PathPrompt(QWidget):
    """What to do while there are no ends.

    Signals
    -------
    images_wanted, codes_wanted : ()
    """

    images_wanted = Signal()
    codes_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        text = Label("Drop a picture on A and one on B, or right-click any picture")
        text.setProperty("role", "muted")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE)
        rows.addStretch()
        rows.addWidget(text)
        for words, name, signal in (
            ("Pick two images for me", "pick_two_images", self.images_wanted),
            ("Draw two random codes", "draw_two_codes", self.codes_wanted),
        ):
            button = QPushButton(words)
            button.setObjectName(name)
            button.clicked.connect(signal)
            rows.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch()


class PathControls(QWidget):
    """Play, the position as a number, swap, choose the ends; the method, how many images, the class.

    Parameters
    ----------
    number : QWidget
        Shows the position, percent.

    Attributes
    ----------
    play_button, swap_button, choose, method, steps, race, klass
    """

    def __init__(self, number: QWidget) -> None:
        super().__init__()
        self.play_button = self._button("play", "Play", "interpolation_play", checkable=True)
        self.swap_button = self._button("swap", "Swap A and B", "interpolation_swap")
        self.choose = self._button("dice", "Choose the anchors", "interpolation_choose", of=MenuButton)
        self.choose.setMenu(QMenu(self.choose))
        self._build_choices()
        self.race = QToolButton()
        self.race.setObjectName("interpolation_race")
        percent = Label("%")
        percent.setProperty("role", "muted")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE // 2)
        rows.addStretch()
        self._lines: list[QWidget] = []
        for widgets in (
            (self.play_button, number, percent, self.swap_button, self.choose),
            (self.method, self.steps, self.race),
            (self.klass,),
        ):
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(SPACE // 2)
            row.addStretch()
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch()
            rows.addWidget(line)
            self._lines.append(line)
        rows.addStretch()
        self.play_button.toggled.connect(self._show_play)
        theme.changed.connect(self._recolour)

    def _build_choices(self) -> None:
        self.method = Choice("interpolation_method", "Way")
        self.method.setFixedWidth(CHOICE_PX)
        self.method.addItems(list(METHODS))
        self.method.setToolTip("Straight, or along the sphere that draws from a normal prior lie near")
        self.steps = QSpinBox()
        self.steps.setObjectName("interpolation_steps")
        self.steps.setAccessibleName("Images in the strip")
        self.steps.setRange(2, MOST_STEPS)
        self.steps.setValue(10)
        self.steps.setSuffix(" images")
        self.steps.setMinimumWidth(100)
        self.steps.lineEdit().setTextMargins(SPACE // 2, 0, 0, 0)
        self.klass = Choice("interpolation_class", "Class")
        self.klass.setMinimumWidth(CLASS_PX)
        self.klass.setToolTip("The class the codes are decoded with")
        self.klass.hide()

    def _button(
        self, symbol: str, tip: str, name: str, checkable: bool = False, of: type[QToolButton] = QToolButton
    ) -> QToolButton:
        button = of()
        button.setObjectName(name)
        button.setIcon(icon(symbol))
        button.setToolTip(verbatim(tip))
        button.setAccessibleName(f"{NAME}: {tip}")
        button.setCheckable(checkable)
        return button

    def set_slim(self, slim: bool) -> None:
        """Leave what a race can do without, where its three ways need the room: one line stays."""
        self._lines[0].setVisible(not slim)
        self._lines[2].setVisible(not slim)
        self.method.setVisible(not slim)

    @Slot(bool)
    def _show_play(self, playing: bool) -> None:
        self._recolour()
        self.play_button.setToolTip("Pause" if playing else "Play")

    @Slot()
    def _recolour(self) -> None:
        self.swap_button.setIcon(icon("swap"))
        self.choose.setIcon(icon("dice"))
        self.play_button.setIcon(icon("pause" if self.play_button.isChecked() else "play"))

    @property
    def choice(self) -> PathChoice:
        """All that is chosen."""
        return self.method.currentIndex(), self.steps.value(), self.klass.currentIndex()

    def show_choice(self, choice: PathChoice) -> None:
        """Show a choice without telling anybody."""
        for box, at in ((self.method, choice[0]), (self.klass, choice[2])):
            box.setCurrentIndex(at)
        with QSignalBlocker(self.steps):
            self.steps.setValue(choice[1])

    @property
    def chosen_method(self) -> Method:
        """Straight, or along the sphere."""
        return METHODS[self.method.currentText()]

    def choose_method(self, method: str) -> None:
        """Choose `lerp` or `slerp`."""
        self.method.setCurrentText(next(name for name, found in METHODS.items() if found == method))

    @property
    def chosen_class(self) -> int | None:
        """The class that all of the path is decoded with; None: each end's own."""
        return self.klass.currentIndex() - 1 if self.klass.currentIndex() > 0 else None

    def offer_classes(self, class_names: Sequence[str], conditional: bool) -> None:
        """The classes of another run."""
        names = ["each end's class", *class_names]
        known = [self.klass.itemText(at) for at in range(self.klass.count())]
        if known != names:
            self.klass.clear()
            self.klass.addItems(names)
        self.klass.setVisible(conditional)
        if not conditional:
            self.klass.setCurrentIndex(0)
