"""What the window remembers between starts. Nothing here ever stops the start: a damaged file is as good as none."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QByteArray

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import atomic_write, home

MAX_BYTES = 1024 * 1024
MOST_RECENT = 8
log = logging.getLogger(__name__)

Value = str | int | bool

DEFAULTS: dict[str, Value] = {
    "theme": "system",
    "geometry": "",
    "workspace": "explore",
    "layout_explore": "",
    "layout_train": "",
    "layout_compare": "",
    "layout_diagnose": "",
    "layout_stage": "",
    "layout_diagnose_narrow": "",
    "layout_all": "",
    "layout_all_narrow": "",
    "shares_explore": "",
    "shares_train": "",
    "shares_compare": "",
    "shares_diagnose": "",
    "shares_stage": "",
    "shares_diagnose_narrow": "",
    "shares_all": "",
    "shares_all_narrow": "",
    "hints_closed": False,
    "smooth": False,
    "fade": False,
    "last_run": "",
    "last_folder": "",
    "recent_images": "",
    "export_dpi": 200,
    "export_size": "",
    "form_more": False,
    "palette_recent": "",
    "notices_never": "",
    "map_names": True,
    "map_pictures": True,
    "map_glimpses": True,
    "runs_table": "",
    "runs_group": "none",
}
ALLOWED = {"export_dpi": range(50, 1201)}
"""What a number may be: a field takes no larger one, and a figure of a million dots an inch would fill the memory."""


class Settings:
    """Values by name, each with a default; saved whole after every change."""

    def __init__(self) -> None:
        self._path = home() / "window.json"
        self._values: dict[str, Value] = {}
        self._read()

    def _read(self) -> None:
        """What is in the file; where it is gone or damaged what was known last."""
        with suppress(OSError, ValueError, AttributeError):
            if self._path.stat().st_size <= MAX_BYTES:
                found = parsed(self._path.read_text(encoding="utf-8"))
                self._values = {
                    key: value
                    for key, value in found.items()
                    if key in DEFAULTS and isinstance(value, type(DEFAULTS[key])) and value in ALLOWED.get(key, [value])
                }

    def __getitem__(self, key: str) -> Value:
        return self._values.get(key, DEFAULTS[key])

    def __setitem__(self, key: str, value: Value) -> None:
        # Others remember things in the same file: a dialog, a second window.
        self._read()
        if self[key] == value:
            return
        self._values[key] = value
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(self._path, json.dumps(self._values, indent=1).encode())
        except (OSError, LatentExplorerError) as error:
            log.warning("the window's settings could not be saved: %s", error)

    @property
    def recent_images(self) -> list[Path]:
        """Folders and files of a person's own images, the last one first."""
        return [Path(line) for line in str(self["recent_images"]).splitlines() if line]

    def remember_images(self, path: Path) -> None:
        """Put a folder or file of images before the others that were used."""
        if "\n" not in str(path):
            lines = [str(path), *(str(other) for other in self.recent_images if other != path)]
            self["recent_images"] = "\n".join(lines[:MOST_RECENT])

    def bytes(self, key: str) -> QByteArray:
        """A value that holds Qt's own state."""
        return QByteArray.fromBase64(QByteArray(str(self[key]).encode()))

    def set_bytes(self, key: str, value: QByteArray) -> None:
        """Keep Qt's own state."""
        self[key] = bytes(value.toBase64().data()).decode()
