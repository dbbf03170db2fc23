"""The window as a person starts and uses it, with the same people and the same leak check as `tests/gui`."""

from tests.gui.conftest import make_run, nothing_left, own_objects, person, qtbot, workspace

__all__ = ["make_run", "nothing_left", "own_objects", "person", "qtbot", "workspace"]
