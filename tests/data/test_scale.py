"""Which value is white: judged for a set, the same in every format."""

import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.errors import DataError
from latentexplorer.data import DataSplit, ImageSet, convert, load_data, read_images
from latentexplorer.data.readers import file_pixels
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.images_like import images_like
from latentexplorer.training import train

RANDOM = np.random.default_rng(3)


def own(path: Path, **settings: object) -> DataSplit:
    return load_data(DataConfig.model_validate({"name": "images", "path": str(path), **settings}))


def pixels(high: float, kind: str, count: int = 4, darkest: float = 0.1, shape: tuple[int, ...] = (6, 5)) -> np.ndarray:
    """Images of which the first is dark and the last reaches `high`."""
    tops = np.linspace(darkest, 1, count) * high
    images = np.stack([RANDOM.random(shape) * top for top in tops])
    images[:, 0, 0] = tops.reshape(-1, *[1] * (len(shape) - 2))
    return images.astype(kind)


def tiff(path: Path, image: np.ndarray) -> None:
    Image.fromarray(image.astype(np.int32) if image.dtype.kind == "i" else image).save(path.with_suffix(".tif"))


def packed_tiff(path: Path, image: np.ndarray) -> None:
    Image.fromarray(image).save(path.with_suffix(".tif"), compression="tiff_lzw")


def png(path: Path, image: np.ndarray) -> None:
    """By hand: Pillow writes no colour of 16 bits."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width = image.shape[:2]
    bits, colour = 8 * image.dtype.itemsize, 2 if image.ndim == 3 else 0
    rows = b"".join(b"\0" + row.astype(image.dtype.newbyteorder(">")).tobytes() for row in image)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.with_suffix(".png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def colour_tiff(path: Path, image: np.ndarray, order: str = "<", packed: bool = False) -> None:
    """By hand, 16 bits of red, green and blue."""
    height, width, _ = image.shape
    pixel_bytes = image.astype(f"{order}u2").tobytes()
    if packed:
        pixel_bytes = zlib.compress(pixel_bytes)
        pixel_bytes += b"\0" * (len(pixel_bytes) % 2)
    entries = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, 3, 8),
        (259, 3, 1, 8 if packed else 1),
        (262, 3, 1, 2),
        (273, 4, 1, 14),
        (277, 3, 1, 3),
        (278, 3, 1, height),
        (279, 4, 1, len(pixel_bytes)),
    ]
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, count, value in entries:
        short = kind == 3 and count == 1
        packed = struct.pack(f"{order}HH", value, 0) if short else struct.pack(f"{order}I", value)
        directory += struct.pack(f"{order}HHI", tag, kind, count) + packed
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 14 + len(pixel_bytes))
    content = start + struct.pack(f"{order}3H", 16, 16, 16) + pixel_bytes + directory + b"\0" * 4
    path.with_suffix(".tif").write_bytes(content)


def big_endian_tiff(path: Path, image: np.ndarray) -> None:
    colour_tiff(path, image, ">")


def packed_colour_tiff(path: Path, image: np.ndarray) -> None:
    colour_tiff(path, image, packed=True)


def pgm(path: Path, image: np.ndarray) -> None:
    white = next(white for white in (1023, 4095, 65535) if image.max() <= white)
    head = f"P5 {image.shape[1]} {image.shape[0]} {white}\n".encode()
    path.with_suffix(".pgm").write_bytes(head + image.astype(">u2").tobytes())


Write = Callable[[Path, np.ndarray], None]


def folder(path: Path, images: np.ndarray, write: Write) -> Path:
    path.mkdir(exist_ok=True)
    for number, image in enumerate(images):
        write(path / str(number), image)
    return path


WHOLE = [(200, 255), (900, 1023), (4000, 4095), (60000, 65535)]
CASES = [
    *[(pixels(high, "u2"), white, write) for high, white in WHOLE for write in (tiff, packed_tiff, png)],
    *[(pixels(high, "u2"), white, pgm) for high, white in WHOLE[1:]],
    *[(pixels(high, "i4"), white, tiff) for high, white in WHOLE],
    *[
        (pixels(high, "u2", shape=(6, 5, 3)), white, write)
        for high, white in WHOLE
        for write in (png, colour_tiff, big_endian_tiff, packed_colour_tiff)
    ],
    (pixels(1, "f4"), 1, tiff),
    (pixels(255, "f4", darkest=0.002), 255, tiff),
    (np.minimum(pixels(1.9, "i4"), 1), 1, tiff),
    (np.minimum(pixels(1.9, "u1"), 1), 1, png),
    (np.minimum(pixels(1.9, "u1", shape=(6, 5, 3)), 1), 1, png),
    (pixels(255, "u1"), 255, png),
]


@pytest.mark.parametrize(("images", "white", "write"), CASES)
def test_the_same_numbers_mean_the_same_in_every_format(
    tmp_path: Path, images: np.ndarray, white: float, write: Write
) -> None:
    path = folder(tmp_path / "files", images, write)
    np.save(tmp_path / "array.npy", images)
    from_files, from_array = read_images(path), read_images(tmp_path / "array.npy")
    expected = np.rint(images * np.float32(255 / white)).reshape(from_array.images.shape)
    assert np.array_equal(from_array.images, expected) and np.array_equal(from_files.images, expected)
    assert from_files.whites.items() >= from_array.whites.items()
    some = own(path, limit=2, test_fraction=0.25)
    for part in (some.train, some.test):
        assert np.array_equal(part.images, expected[part.ids]), "a part of the set has the scale of all of it"
    if white != 255:
        assert re.search(r"^4 images: .*(scaled|black and white)", some.notes[-1]) or images.dtype == np.uint8


def test_nothing_is_decoded_twice_or_kept_beyond_its_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = pixels(4000, "u2", count=9)
    path = folder(tmp_path / "files", images, tiff)
    whole = read_images(path).images
    for room in (0, 100, 10**9):
        monkeypatch.setattr(file_pixels, "KEPT_BYTES", room)
        assert np.array_equal(read_images(path).images, whole)


def test_zero_is_white_in_deep_pictures_too(tmp_path: Path) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[262] = 0
    images = pixels(4000, "u2")
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{number}.tif", tiffinfo=info)
    assert np.array_equal(read_images(tmp_path).images[..., 0], 255 - np.rint(images * np.float32(255 / 4095)))


def test_pictures_of_8_bits_among_deeper_ones_keep_their_own_white(tmp_path: Path) -> None:
    folder(tmp_path, pixels(4000, "u2"), tiff)
    bright = pixels(250, "u1")
    folder(tmp_path, bright, png)
    images = read_images(tmp_path)
    of_8 = [name.endswith("png") for name in images.columns["file"]]
    assert np.array_equal(images.images[of_8][..., 0], bright) and images.images[~np.array(of_8)].max() > 240
    said = " ".join(images.notes)
    assert "4 images of 8 bits beside 4 deeper ones" in said and "4 images: values of 12 bits" in said


def test_a_file_that_cannot_be_read_is_not_counted_among_those_that_stay_as_they_are(tmp_path: Path) -> None:
    folder(tmp_path, pixels(4000, "u2"), tiff)
    folder(tmp_path, pixels(250, "u1"), png)
    broken = tmp_path / "1.png"
    broken.write_bytes(broken.read_bytes()[:50])
    said = " ".join(own(tmp_path, skip_unreadable=True).notes)
    assert "3 images of 8 bits beside 4 deeper ones" in said and "1 of 8 files cannot be read" in said


def test_new_images_of_8_bits_are_those_of_a_run_of_8_bits(tmp_path: Path) -> None:
    bright = pixels(250, "u1")
    for path in (folder(tmp_path / "new", bright, png), folder(tmp_path / "new", bright, png) / "0.png"):
        images = read_images(path, whites={"uint8": 255.0, "whole": 4095.0})
        assert np.array_equal(images.images[..., 0], bright[: len(images)])
        assert not [note for note in images.notes if "scaled" in note or "white" in note]


def test_a_black_picture_of_16_bits_among_bright_ones_stays_black(tmp_path: Path) -> None:
    folder(tmp_path, pixels(250, "u1"), png)
    Image.fromarray(np.eye(6, 5, dtype=np.uint16)).save(tmp_path / "dark.tif")
    images = read_images(tmp_path)
    assert images.images[images.columns["file"] == "dark.tif"].max() == 1


def with_value(value: float, kind: str = "f4") -> np.ndarray:
    images = pixels(1 if kind == "f4" else 4000, kind)
    images[2, 3, 1] = value
    return images


@pytest.mark.parametrize(
    ("images", "wrong"),
    [
        (with_value(np.nan), r"2\.tif .*nan at row 3, column 1"),
        (with_value(-np.inf), r"2\.tif .*-inf at row 3, column 1"),
        (with_value(-0.5), r"2\.tif .*-0\.5 at row 3, column 1 is below 0"),
        (with_value(1.99), r"2\.tif .*1\.99 at row 3, column 1 fits neither"),
        (with_value(300), r"2\.tif .*300 at row 3, column 1 fits neither"),
        (
            np.where(np.arange(4)[:, None, None] == 2, -3, pixels(4000, "i4")),
            r"2\.tif .*-3 at row 0, column 0 is below",
        ),
        (np.where(np.arange(4)[:, None, None] == 2, 70000, pixels(4000, "i4")), r"2\.tif .*70000 .* is above 65535"),
    ],
)
def test_values_that_cannot_be_pixels_are_named_by_file(tmp_path: Path, images: np.ndarray, wrong: str) -> None:
    folder(tmp_path, images, tiff)
    with pytest.raises(DataError, match=wrong) as caught:
        own(tmp_path)
    assert not re.search(r"[013]\.tif", caught.value.what)
    rest = own(tmp_path, skip_unreadable=True)
    assert len(rest.train) + len(rest.test) == 3 and max(rest.train.images.max(), rest.test.images.max()) > 200


def test_a_part_that_is_too_dark_to_tell_by_itself_has_the_scale_of_the_other(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", images=pixels(200, "f4"), test_images=pixels(1.5, "f4"))
    assert own(tmp_path / "set.npz").test.images.max() == 2
    np.savez(tmp_path / "set.npz", images=pixels(0.9, "f4"), test_images=pixels(1.5, "f4"))
    with pytest.raises(DataError, match=r"test_images: 1\.5 at image 3, row 0, column 0 fits neither"):
        own(tmp_path / "set.npz")


@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_both_parts_of_an_array_have_one_scale(tmp_path: Path, kind: str) -> None:
    train, test = pixels(4000, "i2"), pixels(900, "i2")
    if kind == "npz":
        path = tmp_path / "set.npz"
        np.savez(path, images=train, test_images=test)
    else:
        path = tmp_path / "set"
        path.mkdir()
        for name, part in (("train", train), ("t10k", test)):
            head = bytes([0, 0, 0x0B, 3]) + b"".join(n.to_bytes(4, "big") for n in part.shape)
            (path / f"{name}-images-idx3-ubyte").write_bytes(head + part.astype(">i2").tobytes())
    split = own(path)
    assert split.train.images.max() > 240 and split.test.images.max() == round(900 * 255 / 4095)


def run_on(tmp_path: Path, images: np.ndarray) -> Trained:
    np.save(tmp_path / "trained.npy", images)
    config = RunConfig.parse(
        {
            "data": {"name": "images", "path": str(tmp_path / "trained.npy")},
            "model": {"family": "pca"},
            "training": {"epochs": 1},
        }
    )
    folder = RunFolder.create(tmp_path / "run", config)
    train(folder, load_data(config.data))
    return Trained.load(folder.path, with_data=False)


@pytest.mark.parametrize(
    ("trained", "new", "white", "note"),
    [
        (pixels(4000, "u2"), pixels(900, "u2"), 4095, "0..4095 scaled to 0..255, as the run's images were"),
        (pixels(4000, "u2"), pixels(60000, "u2"), 65535, "up to 60000, which is brighter than white was"),
        (pixels(4000, "u2"), pixels(200, "u1"), 255, ""),
        (pixels(4000, "u2"), pixels(1, "f4"), 1, "judged from these images alone"),
        (pixels(255, "f4", darkest=0.01), pixels(0.9, "f4"), 255, "0..255 scaled"),
        # By themselves they would fit no scale.
        (pixels(255, "f4", darkest=0.01), pixels(1.5, "f4"), 255, "0..255 scaled"),
        (pixels(1, "f4"), pixels(0.2, "f4"), 1, "0..1 scaled"),
        (pixels(255, "u1"), pixels(4000, "u2"), 4095, "judged from these images alone"),
        (pixels(250, "i4"), pixels(1.5, "i4"), 255, ""),
    ],
)
@pytest.mark.parametrize("how", ["npy", "tif"])
def test_new_images_are_scaled_as_those_of_the_run(
    tmp_path: Path, trained: np.ndarray, new: np.ndarray, white: float, note: str, how: str
) -> None:
    run = run_on(tmp_path, trained)
    path = folder(tmp_path / "new", new, tiff) if how == "tif" else tmp_path / "new.npy"
    np.save(tmp_path / "new.npy", new)
    images: ImageSet = images_like(run, path)
    assert np.array_equal(images.images[..., 0], np.rint(new * np.float32(255 / white)))
    assert note in " ".join(images.notes)


def test_pictures_of_eight_bits_are_not_said_to_be_brighter_than_those_of_a_run() -> None:
    scales = {"uint8": convert.AS_IS}
    convert.adopt(scales, {"uint8": 255.0})
    assert scales == {"uint8": convert.AS_IS}
