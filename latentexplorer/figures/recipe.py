"""What a figure was made from, inside its own file: enough to make it again.

PNG: a text chunk; SVG, PDF and WebP: the description in their metadata; GIF: a comment. Files are
read without trusting them: nothing is decompressed, sizes are limited, and what is found is validated before anybody
sees it.
"""

from __future__ import annotations

import html
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from latentexplorer.core.errors import DataError, SettingsError
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import reading
from latentexplorer.figures.style import Style
from latentexplorer.views.registry import VIEWS, settings_of

KEY = "latentexplorer"
"""Keyword of the text chunk."""
MAX_BYTES = 256 * 1024
MAX_CHUNKS = 100_000
EDITION = 3
"""What recipes leave unsaid means something else from edition to edition, see `_as_meant`."""
_SCANNED = 4 * 1024 * 1024
"""Bytes of an SVG or PDF, from each end, in which its metadata is looked for."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Recipe(BaseModel):
    """What made a figure.

    Attributes
    ----------
    program, version : str
    edition : int
        `EDITION` when the figure was made.
    run : str
        The run's folder when the figure was made; "" for a run that was never saved.
    run_name : str
    kind : str
        Kind of view.
    settings : dict
        Of the view, checked against its settings class.
    style : Style
    width, height : float
        Inches.
    dpi : int
    epoch : int
        Epochs the run had been trained for.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    program: str = Field(KEY, max_length=100)
    version: str = Field("", max_length=100)
    edition: int = Field(EDITION, ge=0, le=1_000_000)
    run: str = Field("", max_length=4096)
    run_name: str = Field("", max_length=1000)
    kind: str = Field(max_length=100)
    settings: dict[str, Any] = Field(default_factory=dict)
    style: Style = Field(default_factory=lambda: Style())
    width: float = Field(0, ge=0, le=1000)
    height: float = Field(0, ge=0, le=1000)
    dpi: int = Field(150, ge=1, le=10_000)
    epoch: int = Field(0, ge=0, le=10**9)

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in VIEWS:
            raise ValueError("no such kind of figure")
        return kind

    def to_json(self) -> str:
        """One line of ASCII."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=True, separators=(",", ":"))

    def view_settings(self) -> Any:
        """The settings as the view's own class."""
        return settings_of(self.kind, self.settings)


def read_recipe(path: Path | str) -> Recipe:
    """What made the figure in a PNG, SVG or PDF file, or the animation in a GIF, APNG or WebP.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged, or carries no recipe that this program understands.
    """
    path = Path(path)
    try:
        with reading(path) as file:
            start = file.read(len(_SIGNATURE))
            file.seek(0)
            if start == _SIGNATURE:
                text = _from_png(file, path)
            elif start.startswith((b"GIF87a", b"GIF89a")):
                text = _from_gif(file)
            elif start.startswith(b"RIFF"):
                text = _from_webp(file)
            elif start.startswith(b"%PDF"):
                text = _from_pdf(_ends(file))
            else:
                text = _from_svg(_ends(file))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "Check the path") from None
    if text is None:
        raise DataError(f"{path.name} does not say what it was made from", "Only figures made by this program do")
    return _parsed(text, path)


def _parsed(text: str, path: Path) -> Recipe:
    broken = DataError(
        f"What {path.name} was made from cannot be understood", "The file is damaged, or of a newer version"
    )
    try:
        values = parsed(text)
        if not isinstance(values, dict):
            raise broken
        recipe = Recipe.model_validate(_as_meant(values))
        recipe.view_settings()
    except (ValueError, ValidationError, SettingsError):
        raise broken from None
    return recipe


def _as_meant(values: dict[str, Any]) -> dict[str, Any]:
    """A recipe with what it left unsaid.

    Before edition 1 grids and traversals spanned the prior, never the codes. Before edition 2 those of auto-decoders
    were as those of all others: through the mean of the prior or of the codes, and along the prior's quantiles. Before
    edition 3 values along directions were counted from the code that a grid goes through.
    """
    settings, kind = values.get("settings", {}), values.get("kind")
    edition = values.get("edition", 0)
    if kind not in ("latent-grid", "traversal") or not isinstance(settings, dict) or not isinstance(edition, int):
        return values
    if edition < 1:
        settings = {"range": "prior"} | settings
    if edition < 2:
        if settings.get("range", "auto") == "auto":
            settings = settings | {"range": "either"}
        name = "base" if kind == "traversal" else "centre"
        raw = kind == "traversal" or settings.get("axes") == "dims"
        settings = settings | {name: settings.get(name) or ("prior-mean" if raw else "mean")}
    if edition < 3 and kind == "latent-grid":
        settings = {"origin": "centre"} | settings
    return values | {"settings": settings}


def _from_png(file: BinaryIO, path: Path) -> str | None:
    """The text of our chunk, found by stepping from chunk to chunk; pixels are never touched."""
    damaged = DataError(f"{path.name} is a damaged PNG", "Export the figure again")
    file.seek(len(_SIGNATURE))
    for _ in range(MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return None
        length, name = struct.unpack(">I4s", head)
        if name == b"IEND":
            return None
        if name not in (b"tEXt", b"zTXt", b"iTXt") or length > MAX_BYTES:
            file.seek(length + 4, 1)
            continue
        body, check = file.read(length), file.read(4)
        if len(body) < length or len(check) < 4:
            raise damaged
        text = _text_of(name, body)
        if text is not None:
            if struct.unpack(">I", check)[0] != zlib.crc32(name + body):
                raise damaged
            return text
    raise damaged


def _text_of(name: bytes, body: bytes) -> str | None:
    """The text of a chunk with our keyword, else None; other programs compress it when they save a figure."""
    keyword, _, rest = body.partition(b"\0")
    if keyword != KEY.encode():
        return None
    compressed = name == b"zTXt"
    if name == b"iTXt":
        compressed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    elif compressed:
        rest = rest[1:]
    content = _unpacked(rest) if compressed else rest
    return None if content is None else content.decode("utf-8" if name == b"iTXt" else "latin-1", errors="replace")


def _unpacked(content: bytes) -> bytes | None:
    """What was compressed, as long as it is no longer than a recipe may be."""
    reader = zlib.decompressobj()
    try:
        unpacked = reader.decompress(content, MAX_BYTES)
    except zlib.error:
        return None
    return unpacked if reader.eof else None


def _from_gif(file: BinaryIO) -> str | None:
    """The first comment that is ours, found by stepping from block to block."""
    head = file.read(13)
    if len(head) == 13 and head[10] & 0x80:
        file.seek(3 << ((head[10] & 7) + 1), 1)
    for _ in range(MAX_CHUNKS):
        kind = file.read(1)
        if kind == b"!":
            comment = file.read(1) == b"\xfe"
            text = _sub_blocks(file)
            if comment and text.startswith(b"{"):
                return text.decode("ascii", errors="replace")
        elif kind == b",":
            head = file.read(9)
            colors = 3 << ((head[8] & 7) + 1) if len(head) == 9 and head[8] & 0x80 else 0
            file.seek(colors + 1, 1)
            _sub_blocks(file)
        else:
            return None
    return None


def _sub_blocks(file: BinaryIO) -> bytes:
    """What the blocks from here to the empty one hold, as far as a recipe may be long."""
    found = bytearray()
    while size := file.read(1):
        if not size[0]:
            break
        block = file.read(size[0])
        if len(found) < MAX_BYTES:
            found += block
    return bytes(found)


def _from_webp(file: BinaryIO) -> str | None:
    """The description in the metadata chunk."""
    file.seek(12)
    for _ in range(MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return None
        name, length = struct.unpack("<4sI", head)
        if name == b"XMP " and length <= MAX_BYTES:
            return _from_svg(file.read(length))
        file.seek(length + length % 2, 1)
    return None


def _ends(file: BinaryIO) -> bytes:
    """The first and the last few megabytes of a file."""
    start = file.read(_SCANNED)
    size = file.seek(0, 2)
    file.seek(max(size - _SCANNED, len(start)))
    return start + file.read(_SCANNED)


def _from_svg(content: bytes) -> str | None:
    found = re.search(rb"<dc:description>([^<]{1,%d})</dc:description>" % MAX_BYTES, content)
    return html.unescape(found[1].decode("utf-8", errors="replace")) if found else None


def _from_pdf(content: bytes) -> str | None:
    found = re.search(rb"/Subject \(((?:[^()\\]|\\.){1,%d})\)" % MAX_BYTES, content, re.DOTALL)
    if not found:
        return None
    return re.sub(rb"\\(.)", rb"\1", found[1], flags=re.DOTALL).decode("latin-1")
