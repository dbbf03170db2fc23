"""Where images are: a folder, files, or a place used before. Everything can also be dropped."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from latentexplorer.core.paths import is_folder, is_there, own_folder
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE, theme, title_font
from latentexplorer.gui.widgets.file_dialogs import ask_files, ask_folder

FILTER = (
    "Images and arrays (*.png *.jpg *.jpeg *.jfif *.bmp *.gif *.tif *.tiff *.webp *.p?m *.npz *.npy *ubyte *.gz);;"
    "All files (*)"
)
ABOUT_PX, RECENT_PX = 460, 320


class Places(QWidget):
    """Asks where the images are.

    Signals
    -------
    chosen : (list of Path)
    """

    chosen = Signal(object)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("places")
        self._settings = settings
        title = Label("Drop a folder or files here")
        title.setFont(title_font())
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        about = Label(
            "Images in one folder, or in a folder for each class; or an array (npz, npy, idx)."
            " Nothing is trained or changed before you have seen what is in them."
        )
        about.setProperty("role", "muted")
        about.setWordWrap(True)
        about.setFixedWidth(ABOUT_PX)
        # Between what stretches its lines would not be asked for.
        about.setMinimumHeight(about.heightForWidth(ABOUT_PX))
        about.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.folder = QPushButton("Choose folder…")
        self.folder.setObjectName("choose_folder")
        self.folder.setIcon(icon("open"))
        self.folder.clicked.connect(self.choose_folder)
        self.files = QPushButton("Choose files…")
        self.files.setObjectName("choose_files")
        self.files.clicked.connect(self.choose_files)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addStretch()
        row.addWidget(self.folder)
        row.addWidget(self.files)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setSpacing(SPACE)
        column.addStretch(2)
        column.addWidget(title)
        column.addWidget(about, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(SPACE)
        column.addLayout(row)
        column.addSpacing(2 * SPACE)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(SPACE // 2)
        column.addLayout(self._recent)
        column.addStretch(3)
        self._list_recent()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("faint"), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), SPACE, SPACE)

    def _list_recent(self) -> None:
        places = [path for path in self._settings.recent_images if is_there(path)]
        if places:
            heading = caption("Used before")
            heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._recent.addWidget(heading)
        for number, path in enumerate(places):
            shown = self.fontMetrics().elidedText(path.name, Qt.TextElideMode.ElideMiddle, RECENT_PX - 40)
            button = QPushButton(menu_text(shown))
            button.setObjectName(f"recent_{number}")
            button.setToolTip(verbatim(str(path)))
            button.setAccessibleDescription(str(path))
            button.setAccessibleName(path.name)
            button.setFixedWidth(RECENT_PX)
            button.clicked.connect(partial(self._on_recent, path))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)

    @Slot()
    def _on_recent(self, path: Path) -> None:
        self.chosen.emit([path])

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder."""
        ask_folder(self, "images_dialog", "Folder of images", self._start(), self._on_folder, files_seen=True)

    @Slot()
    def choose_files(self) -> None:
        """Ask for files."""
        ask_files(self, "images_dialog", "Files of images", self._start(), self.chosen.emit, FILTER)

    def _start(self) -> Path:
        recent = self._settings.recent_images
        return recent[0].parent if recent and is_folder(recent[0].parent) else own_folder()

    def _on_folder(self, folder: Path) -> None:
        self.chosen.emit([folder])
