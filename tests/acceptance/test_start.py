"""Starting the program as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.app import Window, _Farewell, run_window

PATIENCE_S = 600
"""For a process that hangs, not for one that a busy machine keeps waiting."""
PROGRAM = """
import sys
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from latentexplorer.gui import app
application = QApplication([])
window = app.Window(application)
seen = []
heavy = ("torch", "sklearn", "matplotlib", "openTSNE", "torchvision")
window.frame.painted.connect(lambda: seen.append([name for name in heavy if name in sys.modules]))
window.session.libraries.ready.connect(window.frame.panes["loss"].copy_picture)
window.session.message.connect(lambda *told: window.frame.close())
window.show()
application.exec()
window.end()
print(seen, "torch" in sys.modules, QGuiApplication.clipboard().image().width())
"""


def _start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", **environment},
        check=False,
    )


def test_it_is_painted_before_anything_heavy_is_loaded_and_ends_well_with_a_picture_that_was_copied() -> None:
    """Slow: a process of its own, which loads everything."""
    done = _start("-c", PROGRAM)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    *loaded, width = done.stdout.split()
    assert " ".join(loaded) == "[[]] True" and int(width) > 100


def test_a_screenshot_is_written_and_the_window_closes(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "window.png"
    assert run_window(None, path, 0.1) == 0
    with Image.open(path) as image:
        assert image.width > 600
        assert len(image.convert("RGB").getcolors(2**20) or []) > 20


def test_a_screenshot_waits_for_the_first_decode(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "window.png"
    window = Window(qapp)
    window.frame.resize(1280, 800)
    window.show()
    # Told to say farewell before anything is loaded.
    _Farewell(window, path).say()
    assert not path.exists()
    qtbot.waitUntil(path.is_file, timeout=60_000)
    assert window.session.current.image_of is window.session.current.code
    assert window.frame.panes["map"].result is not None
    seen = window.frame.findChild(QWidget, "decoded_image")
    place = QRect(seen.mapTo(window.frame, QPoint()), seen.size())
    assert QImage(str(path)).copy(place) == seen.grab().toImage().convertToFormat(QImage(str(path)).format())
    qtbot.waitUntil(lambda: not window.frame.isVisible())
    window.end()


def test_without_a_display_it_says_so() -> None:
    code = "from latentexplorer.gui.app import main; exit(main([]))"
    done = _start("-c", code, QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 2
    assert "no display" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
