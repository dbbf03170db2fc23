"""Reading many image files: plain ones by a short way, all of them in order, on all cores, stopped at once."""

import io
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import ignore
from latentexplorer.data import read_images
from latentexplorer.data.readers import decoding, file_pixels, image_files, threads
from latentexplorer.data.readers.plain_png import header_of, pixels_of
from latentexplorer.data.readers.threads import on_all_cores

RANDOM = np.random.default_rng(5)


def png(pixels: np.ndarray | Image.Image, **how: object) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    content = io.BytesIO()
    image.save(content, "PNG", **how)
    return content.getvalue()


SMOOTH = np.add.outer(np.arange(60), np.arange(41)).astype(np.uint8)
NOISE = RANDOM.integers(0, 256, (300, 301, 3), np.uint8)


@pytest.mark.parametrize("pixels", [SMOOTH, SMOOTH[:1, :1], np.dstack([SMOOTH, SMOOTH * 3, 255 - SMOOTH]), NOISE])
def test_a_plain_png_has_the_pixels_that_pillow_gives(pixels: np.ndarray) -> None:
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", b"\0\0\xb1\x8f")
    for content in (png(pixels), png(pixels, compress_level=9), png(pixels, dpi=(72, 72)), png(pixels, pnginfo=info)):
        found = pixels_of(content)
        assert found is not None and np.array_equal(found, pixels)
        for cut in np.linspace(0, len(content) - 12, 40).astype(int):
            assert pixels_of(content[:cut]) is None
        spoilt = bytearray(content)
        spoilt[len(content) // 2] ^= 255
        again = pixels_of(bytes(spoilt))
        assert again is None or again.shape == pixels.shape


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return png(SMOOTH, exif=exif)


@pytest.mark.parametrize(
    "content",
    [
        png(Image.fromarray(SMOOTH).convert("P")),
        png(Image.fromarray(SMOOTH).convert("LA")),
        png(Image.fromarray(SMOOTH).convert("RGBA")),
        png(SMOOTH, transparency=3),
        png(SMOOTH, save_all=True, append_images=[Image.fromarray(255 - SMOOTH)]),
        with_exif(),
        b"",
        b"no image",
    ],
)
def test_what_is_not_plain_is_left_to_pillow(content: bytes) -> None:
    assert header_of(content[:1024]) is None and pixels_of(content) is None


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def of_lines(channels: int, filters: list[int], **wrong: bytes) -> bytes:
    """A PNG 9 wide of random filtered rows: whatever stands in them is some picture."""
    rows = [bytes([each]) + RANDOM.bytes(9 * channels) for each in filters]
    header = struct.pack(">IIBBBBB", 9, len(filters), 8, 2 if channels == 3 else 0, 0, 0, 0)
    packed = wrong.get("packed", zlib.compress(b"".join(rows)))
    parts = [chunk(b"IDAT", packed[:5]), chunk(b"IDAT", packed[5:])]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(parts) + chunk(b"IEND", b"")


@pytest.mark.parametrize("channels", [1, 3])
def test_thumbnails_read_together_are_what_pillow_reads_one_by_one(tmp_path: Path, channels: int) -> None:
    size = (7, 9) if channels == 1 else (7, 9, 3)
    for number in range(40):
        # Filters that look at the row above come first in some: above the first row is nothing.
        filters = [number % 5, *RANDOM.integers(0, 5, 6).tolist()]
        (tmp_path / f"{number}.png").write_bytes(of_lines(channels, filters))
    good = zlib.compress(bytes(7 * (1 + 9 * channels)))
    broken = {
        "filter": of_lines(channels, [0, 1, 9, 2, 4, 0, 0]),
        "short": of_lines(channels, [0] * 7, packed=good[:-9]),
    }
    odd = {"deep": png(np.full(size[:2], 3000, np.uint16)), "other": png(np.full((5, 5), 9, np.uint8))}
    for name, content in {**broken, **odd}.items():
        (tmp_path / f"x-{name}.png").write_bytes(content)
    found = read_images(tmp_path, skip_unreadable=True)
    names = found.columns["file"].tolist()
    assert len(names) == 42 and [each.split()[0] for each in found.left_out] == ["x-filter.png", "x-short.png"]
    for name, image in zip(names[:40], found.images, strict=False):
        with Image.open(tmp_path / name) as one:
            assert np.array_equal(np.asarray(one).reshape(image.shape), image), name


def test_all_cores_read_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        (tmp_path / f"{number}.png").write_bytes(png(np.full((5, 6), number, np.uint8)))
    (tmp_path / "7.png").write_bytes(b"no image")
    (tmp_path / "8.png").write_bytes(png(np.full((5, 6), 8, np.uint8))[:-25])
    alone = read_images(tmp_path, skip_unreadable=True)
    monkeypatch.setattr(threads, "usable_cores", lambda: 4)
    monkeypatch.setattr(file_pixels, "THREADED_PIXELS", 0)
    monkeypatch.setattr(image_files, "KEPT_BYTES", 0)
    together = read_images(tmp_path, skip_unreadable=True)
    assert np.array_equal(together.images, alone.images) and together.notes == alone.notes
    assert alone.images[:, 0, 0, 0].tolist() == [number for number in range(60) if number not in (7, 8)]


@pytest.mark.parametrize("cores", [1, 4])
def test_reading_ends_within_an_image_of_being_asked(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr(threads, "usable_cores", lambda: cores)
    stop, begun = StopToken(), []

    def work(item: int) -> int:
        begun.append(item)
        if item == 5:
            stop.request()
        return item

    with pytest.raises(Stopped):
        list(on_all_cores(work, range(10_000), stop))
    assert len(begun) < 10_000 and threading.active_count() == 1 + sum(
        thread.name != "MainThread" and not thread.name.startswith("reading") for thread in threading.enumerate()
    )


UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: np.fliplr,
    3: lambda pixels: pixels[::-1, ::-1],
    4: np.flipud,
    5: np.transpose,
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.transpose(pixels)[::-1, ::-1],
    8: np.rot90,
}
"""EXIF 2.32, tag 274: where the first row and the first column of the file belong."""


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("held", range(10))
def test_an_image_is_upright_however_the_camera_was_held(tmp_path: Path, held: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = held
    for pixels in (SMOOTH, SMOOTH * np.uint16(1000), RANDOM.integers(0, 256, (1100, 1000), np.uint8)):
        path = tmp_path / f"held{suffix}"
        Image.fromarray(pixels).save(path, exif=exif)
        expected = UPRIGHT.get(held, np.asarray)(pixels)
        found = decoding.decode(path).values
        assert found.dtype == expected.dtype and np.array_equal(found, expected)
        (look,) = image_files.look_at([path], tmp_path, ignore, StopToken())
        assert isinstance(look, image_files.Look) and (look.height, look.width) == found.shape[:2]
