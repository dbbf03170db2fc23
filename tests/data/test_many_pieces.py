"""Image files that are made of steps and not of pixels: none takes time that its size does not justify."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import ignore
from latentexplorer.data.readers.decoding import Decoded, decode, decode_frames
from latentexplorer.data.readers.frame_counts import frames_of, pages_of
from latentexplorer.data.readers.image_files import (
    MOST_FAILED,
    MOST_IN_FILM,
    MOST_OF,
    MOST_PIXELS,
    MOST_SIDE,
    Look,
    look_at,
    look_at_frames,
)
from latentexplorer.data.readers.opened_image import MOST_SCANNED, BoundedFile, OpenedImage

GREY = Image.fromarray(np.arange(99, dtype=np.uint8).reshape(9, 11))
IN_PIECES = "more pieces than a picture of its size"


def saved(form: str, image: Image.Image = GREY, **how: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **how)
    return content.getvalue()


def frames(count: int) -> dict[str, object]:
    """How Pillow is told to save so many."""
    others = [GREY.point(lambda grey, at=at: (grey * 7 + 50 * at) % 256) for at in range(1, count)]
    return {"save_all": True, "append_images": others, "duration": 80}


def chunk(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def jpeg_of_remarks() -> bytes:
    good = saved("JPEG")
    return good[:2] + b"\xff\xfe\x00\x02" * 200_000 + good[2:]


def jpeg_of_padding() -> bytes:
    good = saved("JPEG")
    return good[:2] + b"\xff" * 500_000 + good[2:]


def png_of_chunks() -> bytes:
    good = saved("PNG")
    return good[:33] + chunk(b"prVt") * 50_000 + good[33:]


def pgm_of_a_remark() -> bytes:
    return b"P5\n#" + b"x" * 500_000 + b"\n4 4 255\n" + bytes(range(16))


def tiff_of_pages() -> bytes:
    """Behind a sound page lie many of six bytes."""
    good = bytearray(saved("TIFF"))
    (first,) = struct.unpack_from("<I", good, 4)
    (tags,) = struct.unpack_from("<H", good, first)
    struct.pack_into("<I", good, first + 2 + 12 * tags, len(good))
    return bytes(good) + b"".join(struct.pack("<HI", 0, len(good) + 6 * number) for number in range(1, 100_000))


STEPS = [jpeg_of_remarks, jpeg_of_padding, png_of_chunks, pgm_of_a_remark, tiff_of_pages]


class Patience(StopToken):
    """Is asked to stop after so many looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def check(self) -> None:
        self._looks -= 1
        if self._looks < 0:
            self.request()
        super().check()


def gif_of_blocks(megabytes: int = 4) -> bytes:
    """Two frames; behind the pixels of the first lie blocks of one byte."""
    whole = saved("GIF", **frames(2))
    end = whole.rindex(b"\0!\xf9")
    return whole[:end] + b"\1\0" * (megabytes * 512 * 1024) + whole[end:]


@pytest.mark.parametrize("make", STEPS)
def test_what_is_made_of_steps_is_refused_and_until_then_lets_itself_be_stopped(
    tmp_path: Path, make: Callable[[], bytes]
) -> None:
    path = tmp_path / "x"
    path.write_bytes(make())
    (look,) = look_at([path], tmp_path, ignore, NEVER)
    assert isinstance(look, str) and IN_PIECES in look, look
    with pytest.raises(Stopped):
        look_at([path], tmp_path, ignore, Patience(3))


def test_a_gif_of_blocks_is_read_and_its_frames_are_counted_in_one_walk(tmp_path: Path) -> None:
    path = tmp_path / "x.gif"
    path.write_bytes(gif_of_blocks())
    (look,) = look_at([path], tmp_path, ignore, NEVER)
    assert isinstance(look, Look) and look.frames == 2
    with pytest.raises(Stopped):
        look_at([path], tmp_path, ignore, Patience(3))
    assert np.array_equal(decode(path).values, np.asarray(GREY))
    # The way to the second leads through all blocks, one by one.
    first, second = look_at_frames(path, 2, NEVER)
    assert isinstance(first, Look) and isinstance(second, str) and IN_PIECES in second


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(
    ("form", "how"),
    [
        ("GIF", {"comment": b"of a person, of fire! and; of more"}),
        ("GIF", {"interlace": 0, "loop": 3}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_deflate", "big_tiff": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("MPO", {}),
    ],
)
def test_frames_are_as_many_as_pillow_counts(tmp_path: Path, form: str, how: dict[str, object], count: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(saved(form, GREY.convert("RGB") if form == "MPO" else GREY, **frames(count), **how))
    with Image.open(path) as image, OpenedImage(path) as opened:
        where = opened.file.tell()
        assert frames_of(opened) == getattr(image, "n_frames", 1) == count
        assert opened.file.tell() == where
        assert np.array_equal(np.asarray(opened.at(0)), np.asarray(image))


def test_pages_of_a_tiff_of_the_other_byte_order_are_counted(tmp_path: Path) -> None:
    page = struct.pack(">HHHI", 1, 256, 3, 1) + b"\0\1\0\0"
    at, whole = 8, b"MM\0*" + struct.pack(">I", 8)
    for _ in range(3):
        at += len(page) + 4
        whole += page + struct.pack(">I", at)
    path = tmp_path / "x.tif"
    # The last one names a place behind the end.
    path.write_bytes(whole)
    with BoundedFile(path) as file:
        assert pages_of(file) == 3
    path.write_bytes(whole[:-4] + struct.pack(">I", 8))
    with BoundedFile(path) as file:
        assert pages_of(file) == 3


def test_a_number_of_frames_is_believed_as_far_as_the_file_is_long(tmp_path: Path) -> None:
    good = saved("PNG", **frames(2))
    head = good.index(b"acTL") - 4
    many = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    path = tmp_path / "x.png"
    path.write_bytes(good[:head] + many + good[head + 20 :])
    (look,) = look_at([path], tmp_path, ignore, NEVER)
    assert isinstance(look, Look) and 2 <= look.frames < 100
    found = look_at_frames(path, look.frames, NEVER)
    assert [isinstance(each, Look) for each in found[:3]] == [True, True, False] and len(found) == look.frames


def test_frames_that_nobody_can_go_to_are_not_looked_for_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "x.gif"
    path.write_bytes(saved("GIF", **frames(3)))
    stop = Patience(3 * MOST_FAILED)
    found = look_at_frames(path, 1000, stop)
    assert [isinstance(each, Look) for each in found] == [True] * 3 + [False] * 997 and found[-1] == found[4]


def test_a_frame_whose_head_is_cut_short_is_told_as_such_beside_the_others(tmp_path: Path) -> None:
    good = bytearray(saved("MPO", **frames(3)))
    second = good.index(b"\xff\xd8\xff", 3)
    size = good.index(b"\xff\xc0", second)
    # Of the size of the picture nothing is said, where Pillow asks for five bytes.
    good[size + 2 : size + 4] = b"\0\2"
    path = tmp_path / "x.jpg"
    path.write_bytes(good)
    (look,) = look_at([path], tmp_path, ignore, NEVER)
    assert isinstance(look, Look) and look.frames == 3
    found = look_at_frames(path, 3, NEVER)
    assert [isinstance(each, Look) for each in found] == [True, False, True]


def test_a_canvas_that_no_webp_can_fill_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    good = bytearray(saved("WEBP", **frames(3)))
    at = good.index(b"VP8X") + 12
    good[at : at + 3] = (50_000).to_bytes(3, "little")
    path = tmp_path / "x.webp"
    path.write_bytes(good)
    (look,) = look_at([path], tmp_path, ignore, NEVER)
    assert "than a WebP can have a side" in str(look)
    with pytest.raises(ValueError, match="than a WebP"):
        decode(path)


def on_canvas(side: int, count: int, form: str) -> bytes:
    """A film of few bytes: its frames of 9 x 11 pixels lie on a square canvas."""
    good = bytearray(saved(form, **frames(count), **({"lossless": True} if form == "WEBP" else {})))
    if form == "WEBP":
        at = good.index(b"VP8X") + 12
        good[at : at + 6] = 2 * (side - 1).to_bytes(3, "little")
    else:
        struct.pack_into("<HH", good, 6, side, side)
    return bytes(good)


@pytest.mark.parametrize("form", ["WEBP", "GIF"])
def test_a_film_of_few_bytes_and_very_many_pixels_is_refused_where_each_frame_is_an_image(
    tmp_path: Path, form: str
) -> None:
    path = tmp_path / "x"
    side, most = 2000, MOST_PIXELS // 2000**2
    for count in (most, most + 1):
        path.write_bytes(on_canvas(side, count, form))
        (look,) = look_at([path], tmp_path, ignore, NEVER, every_frame=True)
        assert isinstance(look, Look) if count == most else "takes too long for its size" in str(look)
        # Its first frame is a picture like any other.
        (look,) = look_at([path], tmp_path, ignore, NEVER)
        assert isinstance(look, Look) and look.frames == count
    # Frames are laid on each other, which takes more memory than another picture of so many pixels.
    path.write_bytes(on_canvas(int(MOST_OF[form] ** 0.5) + 1, 2, form))
    (look,) = look_at([path], tmp_path, ignore, NEVER)
    assert f"{MOST_OF[form] // 10**6} million at most" in str(look)


@pytest.mark.parametrize("form", ["WEBP", "GIF", "PNG"])
def test_on_the_way_to_a_frame_of_a_film_it_is_asked_whether_to_go_on(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(saved(form, **frames(40)))
    assert np.array_equal(decode(path, 39).values, next(iter(decode_frames(path, [39, 3]))).values)
    with pytest.raises(Stopped):
        decode(path, 39, Patience(20))


def test_behind_a_frame_of_a_webp_that_is_damaged_none_is_tried(tmp_path: Path) -> None:
    good = bytearray(saved("WEBP", **frames(9), lossless=True))
    at = -1
    for _ in range(5):
        at = good.index(b"VP8L", at + 1)
    good[at + 13 : at + 40] = b"\xff" * 27
    path = tmp_path / "x.webp"
    path.write_bytes(good)
    found = list(decode_frames(path, range(9)))
    assert [isinstance(each, Decoded) for each in found] == [True] * 4 + [False] * 5
    assert all(each is found[4] for each in found[5:])


SEEN = np.random.default_rng(0).integers(0, 256, (9, 11, 4), dtype=np.uint8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK"])
def test_a_large_picture_is_read_in_strips_as_a_small_one_is_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    image = Image.fromarray(SEEN).convert("P" if mode == "PA" else mode)
    path = tmp_path / "x.tif"
    image.save(path, "PNG" if mode.startswith("P") else "TIFF", **({"transparency": 3} if mode == "PA" else {}))
    whole = decode(path)
    monkeypatch.setattr("latentexplorer.data.readers.decoding.STRIP_PIXELS", 25)
    strips = decode(path)
    assert np.array_equal(strips.values, whole.values) and strips.changes == whole.changes
    assert strips.values.dtype == np.uint8 and strips.values.flags.c_contiguous


def test_a_jpeg_that_goes_over_its_pixels_again_and_again_is_refused(tmp_path: Path) -> None:
    large = Image.new("L", (1000, 1000), 90)
    good = saved("JPEG", large, progressive=True)
    path = tmp_path / "x.jpg"
    path.write_bytes(good)
    assert abs(decode(path).values.astype(int) - 90).max() < 3
    again = b"\xff\xda\0\x08\1\1\0\1\x3f\0\0"
    path.write_bytes(good[:-2] + again * (MOST_SCANNED // 10**6) + good[-2:])
    with pytest.raises(ValueError, match="goes over its pixels"):
        decode(path)


def test_a_film_of_thousands_of_frames_is_refused_where_each_is_an_image(tmp_path: Path) -> None:
    path = tmp_path / "x.gif"
    good = saved("GIF", **frames(2))
    second = good.index(b"!\xf9", good.index(b"!\xf9") + 2)
    path.write_bytes(good[:second] + good[second:-1] * MOST_IN_FILM + good[-1:])
    (look,) = look_at([path], tmp_path, ignore, NEVER, every_frame=True)
    assert isinstance(look, str) and f"{MOST_IN_FILM + 1:,} frames" in look and "save them as files" in look
    # Its first frame is a picture like any other.
    (look,) = look_at([path], tmp_path, ignore, NEVER, every_frame=False)
    assert isinstance(look, Look) and look.frames == MOST_IN_FILM + 1


def test_a_picture_that_would_take_too_much_memory_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    # All of one colour: a few kilobytes that would be hundreds of megabytes.
    path = tmp_path / "x.png"
    Image.new("1", (8000, MOST_PIXELS // 8000 + 1)).save(path)
    (look,) = look_at([path], tmp_path, ignore, NEVER)
    assert isinstance(look, str) and "60 million at most" in look
    with pytest.raises(ValueError, match="too many"):
        decode(path)
    Image.new("1", (MOST_SIDE + 1, 100)).save(path.with_suffix(".tif"))
    (look,) = look_at([path.with_suffix(".tif")], tmp_path, ignore, NEVER)
    assert isinstance(look, str) and "100,000 of a side" in look
