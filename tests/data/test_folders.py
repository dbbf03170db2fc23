"""A folder of image files: classes, kinds of images, sizes, damage."""

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError, Stopped
from latentexplorer.data import DataSplit, load_data, read_images

GREY = np.arange(48, dtype=np.uint8).reshape(8, 6) * 5
COLOUR = np.stack([GREY, 255 - GREY, GREY // 2], axis=-1)


def own(path: Path, **settings: object) -> DataSplit:
    return load_data(DataConfig.model_validate({"name": "images", "path": str(path), **settings}))


def put(path: Path, pixels: np.ndarray = GREY, **how: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **how)
    return path


def test_sub_folders_are_classes_in_natural_order(tmp_path: Path) -> None:
    for name in ("class 10", "class 2"):
        for number in (10, 9, 1):
            put(tmp_path / name / "deeper" / f"{number}.png", np.full((4, 4), number, np.uint8))
    (tmp_path / "class 2" / "notes.txt").write_text("x")
    put(tmp_path / ".hidden" / "x.png")
    images = read_images(tmp_path)
    assert images.class_names == ("class 2", "class 10")
    assert images.labels is not None and images.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert images.images[:, 0, 0, 0].tolist() == [1, 9, 10, 1, 9, 10]
    assert images.columns["file"][0] == "class 2/deeper/1.png"
    assert "1 other file ignored: notes.txt" in images.notes
    deeper = "6 images lie in folders below their class's, such as class 2/deeper/1.png, and belong to the class above"
    assert deeper in images.notes


def test_images_without_classes_and_a_single_file(tmp_path: Path) -> None:
    put(tmp_path / "a.png")
    put(tmp_path / "b.png")
    assert own(tmp_path).num_classes == 0
    one = own(tmp_path / "a.png")
    assert len(one.train) == 1 and np.array_equal(one.train.images[0, ..., 0], GREY)


def test_images_beside_class_folders_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "loose.png")
    put(tmp_path / "cat" / "a.png")
    with pytest.raises(DataError, match=r"1 image lies beside the sub-folders, such as loose\.png"):
        own(tmp_path)


def test_train_and_test_folders_are_the_parts(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("test", 2)):
        for name in ("cat", "dog"):
            for number in range(count):
                put(tmp_path / part / name / f"{number}.png")
    split = own(tmp_path)
    assert (len(split.train), len(split.test)) == (6, 4) and split.class_names == ("cat", "dog")
    images = read_images(tmp_path)
    assert images.class_names == ("cat", "dog"), "encoding takes the parts for what training takes them"
    assert images.columns["part"].tolist() == ["train"] * 6 + ["test"] * 4
    assert images.columns["file"][[0, 9]].tolist() == ["train/cat/0.png", "test/dog/1.png"]


def test_held_out_folders_without_one_to_train_on_are_said_to_be_classes(tmp_path: Path) -> None:
    for part in ("test", "val"):
        for name in ("cat", "dog"):
            put(tmp_path / part / name / "0.png")
    images = read_images(tmp_path)
    assert images.class_names == ("test", "val")
    assert "test and val are folders like others, because there is no train beside them" in images.notes


def test_every_kind_of_png_gives_its_pixels(tmp_path: Path) -> None:
    palette = Image.fromarray(COLOUR).quantize(16)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(read_images(tmp_path / "palette.png").images[0], np.asarray(palette.convert("RGB")))
    grey_palette = Image.fromarray(GREY % 2)
    grey_palette = grey_palette.convert("P")
    grey_palette.putpalette([10, 10, 10, 200, 200, 200])
    grey_palette.save(tmp_path / "grey-palette.png")
    found = read_images(tmp_path / "grey-palette.png")
    assert found.image_shape[0] == 1 and set(np.unique(found.images)) == {10, 200}
    deep = put(tmp_path / "deep.png", GREY.astype(np.uint16) * 257)
    found = read_images(deep)
    assert np.array_equal(found.images[0, ..., 0], GREY) and "16 bits" in found.notes[0]
    bits = put(tmp_path / "bits.png", GREY > 100)
    assert np.array_equal(read_images(bits).images[0, ..., 0], (GREY > 100) * 255)
    alpha = np.dstack([COLOUR, np.where(GREY > 100, 255, 0).astype(np.uint8)])
    found = read_images(put(tmp_path / "alpha.png", alpha))
    assert np.array_equal(found.images[0], np.where((GREY > 100)[..., None], COLOUR, 255))
    assert "transparent" in found.notes[0]
    grey_alpha = np.dstack([GREY, np.where(GREY > 100, 255, 0).astype(np.uint8)])
    found = read_images(put(tmp_path / "grey-alpha.png", grey_alpha))
    assert np.array_equal(found.images[0, ..., 0], np.where(GREY > 100, GREY, 255))
    floats = put(tmp_path / "floats.tif", (GREY / 255).astype(np.float32))
    assert np.array_equal(read_images(floats).images[0, ..., 0], GREY)


def test_photographs_are_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    put(tmp_path / "turned.png", COLOUR, exif=exif)
    put(tmp_path / "upright.png", np.rot90(COLOUR, -1))
    images = read_images(tmp_path)
    assert np.array_equal(images.images[0], images.images[1]) and images.image_shape == (3, 6, 8)
    assert any("turned" in note for note in images.notes)


@pytest.mark.parametrize(
    ("grey", "colour", "channels", "note"),
    [
        (4, 1, 1, r"1 colour image turned to grey: c0\.png"),
        (1, 4, 3, r"1 grey image among colour ones, the grey repeated: g0\.png"),
        (2, 2, 3, r"2 grey images among colour ones.*: g0\.png, g1\.png"),
        (4, 9, 3, r"4 grey images .*: g0\.png, g1\.png, g2\.png and 1 more"),
    ],
)
def test_colour_is_that_of_most_images_and_the_odd_ones_are_named(
    tmp_path: Path, grey: int, colour: int, channels: int, note: str
) -> None:
    for number in range(grey):
        put(tmp_path / f"g{number}.png")
    for number in range(colour):
        put(tmp_path / f"c{number}.png", COLOUR)
    images = read_images(tmp_path)
    assert images.image_shape[0] == channels and re.search(note, " ".join(images.notes))
    assert np.array_equal(images.images[-1, ..., -1], GREY)
    assert own(tmp_path, color="grey").image_shape[0] == 1 and own(tmp_path, color="rgb").image_shape[0] == 3


def test_one_cmyk_picture_does_not_make_a_grey_set_colour(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / f"{number}.jpg")
    Image.fromarray(COLOUR).convert("CMYK").save(tmp_path / "print.jpg")
    images = read_images(tmp_path)
    assert images.image_shape[0] == 1 and "1 colour image turned to grey: print.jpg" in images.notes


TALL = np.full((24, 6), 200, np.uint8)
TALL[7:17] = 50


@pytest.mark.parametrize("how", ["png", "npy", "npz"])
@pytest.mark.parametrize("turned", [False, True])
def test_other_proportions_are_padded_cropped_or_squashed(tmp_path: Path, how: str, turned: bool) -> None:
    tall = TALL.T if turned else TALL
    path = tmp_path / "images"
    path.mkdir()
    if how == "png":
        put(path / "a.png", tall)
        put(path / "b.png", tall)
    elif how == "npy":
        path = tmp_path / "a.npy"
        np.save(path, np.stack([tall, tall]))
    else:
        path = tmp_path / "a.npz"
        np.savez(path, images=np.stack([tall, tall]))

    def read(fit: str) -> tuple[np.ndarray, str]:
        split = own(path, size=8, fit=fit, test_fraction=0.5)
        assert np.array_equal(split.train.images, split.test.images)
        image = split.train.images[0, ..., 0]
        return (image.T if turned else image), " ".join(split.notes)

    padded, note = read("pad")
    assert (padded[0] == 200).all() and (padded[4, 3:5] == 50).all(), "the image is whole and in the middle"
    assert len(np.unique(padded[:, :3])) == 1, "its border goes on at its sides"
    assert "2 images resized" in note and "2 of them padded" in note
    cropped, note = read("crop")
    assert (cropped[1:-1] == 50).all() and "2 of them cropped" in note
    squashed, note = read("squash")
    assert (squashed[4] == 50).all() and (squashed[0] == 200).all() and "2 of them squashed" in note
    assert np.array_equal(own(path, size=tall.shape).train.images[0, ..., 0], tall)


def test_padding_has_the_colour_of_the_border_it_touches(tmp_path: Path) -> None:
    for name, value in (("black", 0), ("white", 255)):
        pixels = np.full((4, 8, 3), (value, 10, 20), np.uint8)
        pixels[:, [0, 7]] = 90  # the edges that nothing is put beside
        put(tmp_path / f"{name}.png", pixels)
    images = own(tmp_path, size=8).train.images
    assert images[0, 0, 0].tolist() in ([0, 10, 20], [255, 10, 20])
    assert {tuple(image[0, 4]) for image in read_images(tmp_path, like=(3, 8, 8)).images} == {
        (0, 10, 20),
        (255, 10, 20),
    }


def test_different_sizes_take_the_most_common(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / f"{number}.png")
    put(tmp_path / "wide.png", np.zeros((4, 12), np.uint8))
    put(tmp_path / "half.png", np.zeros((4, 3), np.uint8))
    split = own(tmp_path)
    assert split.image_shape == (1, 8, 6)
    assert any("2 images resized to 8 x 6 (height x width), 1 of them padded" in note for note in split.notes)
    assert own(tmp_path, size=5).image_shape == (1, 5, 5)


@pytest.mark.parametrize(
    ("sizes", "shape", "note"),
    [
        ([(600, 600), (700, 600)], (64, 64), "600 x 600 is large, data.size says another size"),
        ([(600, 800), (600, 800)], (48, 64), "600 x 800 is large"),
        ([(2, 1000), (2, 1000)], (2, 64), "2 x 1000 is large"),
        ([(10 + n, 30 - n) for n in range(9)], (14, 26), "the middle of 9 sizes"),
    ],
)
def test_where_no_size_is_everybodys_a_sensible_one_is_taken(
    tmp_path: Path, sizes: list[tuple[int, int]], shape: tuple[int, int], note: str
) -> None:
    for number, size in enumerate(sizes):
        put(tmp_path / f"{number}.png", np.zeros(size, np.uint8))
    split = own(tmp_path)
    assert split.image_shape[1:] == shape and note in " ".join(split.notes)
    assert own(tmp_path, size=20).image_shape[1:] == (20, 20)


def broken(path: Path, kind: str) -> Path:
    """A file that cannot be read, already when it is looked at or only when it is decoded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = put(path, COLOUR).read_bytes()
    bomb = whole[:16] + struct.pack(">II", 60_000, 60_000) + whole[24:]
    bomb = bomb[:29] + struct.pack(">I", zlib.crc32(bomb[12:29])) + bomb[33:]
    path.write_bytes({"empty": b"", "text": b"no image", "bomb": bomb, "cut": whole[:-30], "stub": whole[:20]}[kind])
    return path


KINDS = ("empty", "text", "bomb", "cut", "stub")


def test_what_cannot_be_read_is_left_out_and_everything_else_stays_beside_its_image(tmp_path: Path) -> None:
    rows = ["file,number"]
    for name in ("cat", "dog"):
        for number in range(6):
            put(tmp_path / name / f"{number}.png", np.full((4, 4), 10 * number + len(rows) % 2, np.uint8))
            rows.append(f"{name}/{number}.png,{number}")
    for kind in KINDS:
        broken(tmp_path / "dog" / f"0-{kind}.png", kind)
        broken(tmp_path / "gone" / f"{kind}.png", kind)
        rows += [f"dog/0-{kind}.png,99", f"gone/{kind}.png,99"]
    (tmp_path / "columns.csv").write_text("\n".join(rows))
    with pytest.raises(DataError, match=r"0-bomb.*0-cut.*and 2 more.*data\.skip_unreadable=true"):
        own(tmp_path)
    split = own(tmp_path, skip_unreadable=True, test_fraction=0.25)
    assert split.class_names == ("cat", "dog") and len(split.left_out) == 10
    assert any(note.startswith("10 of 22 files cannot be read and are left out: dog/0-bomb") for note in split.notes)
    # What is said of the held-out part counts the images that are there.
    assert any(
        note.startswith(f"no held-out images of its own: {len(split.test)} of 12, drawn") for note in split.notes
    )
    for kind in KINDS:
        assert any(line.startswith(f"gone/{kind}.png (") for line in split.left_out)
    every = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png"))
    for part in (split.train, split.test):
        assert part.labels is not None and part.ids is not None and len(part)
        assert [split.class_names[label] for label in part.labels] == [name[:3] for name in part.columns["file"]]
        assert [f"{number}.png" for number in part.columns["number"]] == [name[4:] for name in part.columns["file"]]
        assert (part.images[:, 0, 0, 0] // 10).tolist() == part.columns["number"].tolist()
        assert set(every) > set(part.columns["file"]) and len(set(part.ids)) == len(part)
    whole = read_images(tmp_path, skip_unreadable=True)
    assert whole.ids is not None and whole.ids.max() > len(whole), "positions count the files left out"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_readable_at_all_is_one_line(tmp_path: Path, kind: str) -> None:
    broken(tmp_path / "only.png", kind)
    with pytest.raises(DataError, match=r"only\.png"):
        own(tmp_path, skip_unreadable=True)
    with pytest.raises(DataError, match=r"only\.png"):
        own(tmp_path / "only.png")


def test_a_training_part_of_which_nothing_is_left_says_which_files_were_left_out(tmp_path: Path) -> None:
    put(tmp_path / "test" / "a" / "0.png")
    (tmp_path / "train" / "a").mkdir(parents=True)
    (tmp_path / "train" / "a" / "1.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"none of the images to train on can be read: train/a/1\.png \(no image"):
        own(tmp_path, skip_unreadable=True)


def test_all_damaged_files_are_named(tmp_path: Path) -> None:
    whole = put(tmp_path / "good.png", COLOUR).read_bytes()
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("no image")
    with pytest.raises(DataError, match=r"empty\.png.*text\.jpg"):
        own(tmp_path)
    (tmp_path / "empty.png").unlink()
    (tmp_path / "text.jpg").unlink()
    (tmp_path / "cut-1.png").write_bytes(whole[:-30])
    (tmp_path / "cut-2.png").write_bytes(whole[:-25])
    with pytest.raises(DataError, match=r"cut-1\.png.*cut-2\.png") as caught:
        read_images(tmp_path)
    assert "good" not in caught.value.what


def test_an_image_that_would_fill_the_memory_is_refused_by_its_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    content = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(content)
    with pytest.raises(DataError, match=r"bomb\.png"):
        read_images(tmp_path)


def test_columns_by_file_name(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", "c.png"):
        put(tmp_path / "images" / name)
    (tmp_path / "images" / "columns.csv").write_text("file,age\nc.png,3\na.png,1\nb.png,2\nz.png,9\n")
    assert read_images(tmp_path / "images").columns["age"].tolist() == [1, 2, 3]
    (tmp_path / "other.csv").write_text("file,age\nc.png,3\nb.png,2\n")
    with pytest.raises(DataError, match=r"no row for a\.png"):
        own(tmp_path / "images", columns=str(tmp_path / "other.csv"))


def test_only_the_images_that_are_wanted_are_decoded(tmp_path: Path) -> None:
    whole = put(tmp_path / "0.png").read_bytes()
    for number in range(1, 9):
        put(tmp_path / f"{number}.png")
    (tmp_path / "9.png").write_bytes(whole[:-20])
    config = DataConfig(name="images", path=str(tmp_path), test_per_class=1, limit=2, seed=1)
    assert len(load_data(config).train) == 2


def test_reading_stops_when_asked(tmp_path: Path) -> None:
    put(tmp_path / "a.png")
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        load_data(DataConfig(name="images", path=str(tmp_path)), stop=stop)


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "bmp", "tif", "webp", "ppm"])
def test_mutated_images_give_a_set_or_one_clear_line(tmp_path: Path, kind: str) -> None:
    original = put(tmp_path / f"a.{kind}", COLOUR).read_bytes()
    random = np.random.default_rng(2)
    for number in range(30 if kind == "tif" else 100):  # a wrong size in a TIFF costs memory before it is noticed
        content = bytearray(original)
        for _ in range(random.integers(1, 6)):
            content[random.integers(min(len(content), 200))] = random.integers(256)
        if number % 3 == 0:
            del content[random.integers(len(content)) :]
        path = tmp_path / f"mutated.{kind}"
        path.write_bytes(content)
        try:
            assert read_images(path, like=(1, 4, 4)).image_shape == (1, 4, 4)
        except DataError as error:
            assert "\n" not in str(error) and len(str(error)) < 1000
