"""Faces to draw letters from: those that matplotlib ships, and the system's where wished."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import ImageFont

from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import own_folder

SHIPPED = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSans-BoldOblique.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSansMono-Bold.ttf",
    "DejaVuSansMono-Oblique.ttf",
    "DejaVuSansMono-BoldOblique.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSerif-Italic.ttf",
    "DejaVuSerif-BoldItalic.ttf",
    "STIXGeneral.ttf",
    "STIXGeneralBol.ttf",
    "STIXGeneralItalic.ttf",
    "STIXGeneralBolIta.ttf",
    "cmr10.ttf",
    "cmb10.ttf",
    "cmss10.ttf",
    "cmtt10.ttf",
)
"""Those of matplotlib's files that hold letters and digits and not only signs, with a name of their own each."""

MOST_SYSTEM_FONTS = 60
NO_LETTERS = ("emoji", "symbol", "dingbat", "icon", "d050000l", "webdings", "wingdings", "lastresort", "braille")
PROBE_PX = 24


def shipped() -> list[Path]:
    """matplotlib's faces, in a fixed order."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    found = [folder / name for name in SHIPPED if (folder / name).is_file()]
    if not found:
        raise DataError(f"No fonts in {folder}", "Install matplotlib anew; its fonts are missing")
    return found


def of_system(characters: str) -> list[Path]:
    """The system's faces that hold all of `characters`: at most 60, spread evenly over all by name."""
    usable: dict[str, Path] = {}
    for path in sorted(_files(), key=lambda path: (path.name.lower(), path)):
        usual = path.name not in SHIPPED and not any(word in path.name.lower() for word in NO_LETTERS)
        if usual and path.name not in usable and draws(path, characters):
            usable[path.name] = path
    found = list(usable.values())
    step = max(1, -(-len(found) // MOST_SYSTEM_FONTS))
    return found[::step]


def draws(path: Path, characters: str) -> bool:
    """Whether the face has a picture of its own for each character (a missing one looks like every missing one)."""
    try:
        font = ImageFont.truetype(path, PROBE_PX)
        pictures = [bytes(font.getmask(character)) for character in ("\uffff", *characters)]
    except (OSError, ValueError):
        return False
    return len(set(pictures)) == len(pictures) and all(any(picture) for picture in pictures[1:])


def face_name(path: Path) -> str:
    """Family and style, as the font file gives them."""
    family, style = ImageFont.truetype(path, PROBE_PX).getname()
    return " ".join(word for word in (family, style) if word and word != "Book") or path.stem


def _files() -> Iterator[Path]:
    for folder in _folders():
        for where, _, names in os.walk(folder):
            yield from (Path(where) / name for name in names if name.lower().endswith((".ttf", ".otf")))


def _folders() -> list[Path]:
    home = own_folder()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"))
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", local / "Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"]
