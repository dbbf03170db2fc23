"""What can be done with any picture of the program: the same wherever it is seen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from latentexplorer.core.paths import free, slug
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.widgets.asking import asking
from latentexplorer.gui.widgets.file_dialogs import ask_new_file
from latentexplorer.views.code import Code


def code_menu(parent: QWidget, code: Code, image: QImage | None, session: Session) -> QMenu:
    """What can be done with any picture that has a code."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction("Make current").triggered.connect(lambda: session.current.set(code))
    menu.addAction("Anchor A").triggered.connect(lambda: session.selection.set_anchor("A", code))
    menu.addAction("Anchor B").triggered.connect(lambda: session.selection.set_anchor("B", code))
    menu.addAction("Bookmark…").triggered.connect(lambda: ask_bookmark(parent, code, session))
    if image is not None:
        menu.addSeparator()
        copied = QImage(image)
        name = f"{slug(code.how or 'picture')}.png"
        menu.addAction("Copy picture").triggered.connect(lambda: QApplication.clipboard().setImage(copied))
        menu.addAction("Save picture…").triggered.connect(lambda: save_picture(parent, copied, name, session))
    return menu


def ask_bookmark(parent: QWidget, code: Code, session: Session) -> None:
    """Ask for a name and keep a code under it; a name is offered, and taken where none is written."""
    offered = session.bookmarks.name_for(code)
    dialog = asking(parent.window(), "bookmark_dialog", "Bookmark", "Name of this code")
    dialog.setTextValue(offered)
    dialog.textValueSelected.connect(partial(_bookmark, session, code, offered))
    dialog.open()


def _bookmark(session: Session, code: Code, offered: str, name: str) -> None:
    session.bookmarks.add(name.strip() or offered, code)


def save_picture(parent: QWidget, image: QImage, name: str, session: Session) -> None:
    """Ask for a file and write a picture into it, pixel by pixel."""
    proposed = free(Path(str(Settings()["last_folder"]) or Path.cwd()) / name)
    take, kinds = partial(_write, session, image), "PNG images (*.png)"
    # The picture is here: where it was seen may change meanwhile.
    ask_new_file(parent.window(), "save_image_dialog", "Save the picture", proposed, take, kinds, suffix="png")


def _write(session: Session, image: QImage, path: Path) -> None:
    if image.save(str(path)):
        Settings()["last_folder"] = str(path.parent)
        session.message.emit("info", f"Saved {path}")
    else:
        session.message.emit("warning", f"{path} cannot be written. Choose another folder")
