"""A person's own arrays: npy, npz and idx files, what is accepted, what is refused and how that is said."""

import gzip
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError
from latentexplorer.data import DataSplit, ImageSet, big_arrays, factors, load_data, read_images
from latentexplorer.data.readers import numpy_files

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (12, 28, 20), np.uint8)
COLOUR = RANDOM.integers(0, 256, (12, 9, 8, 3), np.uint8)


def own(path: Path, **settings: object) -> DataSplit:
    return load_data(DataConfig.model_validate({"name": "images", "path": str(path), **settings}))


def saved(folder: Path, images: np.ndarray, **others: object) -> Path:
    path = folder / "set.npz"
    np.savez_compressed(path, images=images, **others)
    return path


def idx_bytes(array: np.ndarray, kind: int = 8) -> bytes:
    big = array.astype(array.dtype.newbyteorder(">"))
    lengths = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, kind, array.ndim]) + lengths + big.tobytes()


def test_unlabelled_images_that_are_not_square(tmp_path: Path) -> None:
    split = own(saved(tmp_path, GREY), test_fraction=0.25)
    assert split.image_shape == (1, 28, 20) and split.num_classes == 0 and split.train.labels is None
    assert (len(split.train), len(split.test)) == (9, 3)
    assert np.array_equal(split.train.images[..., 0], GREY[split.train.ids])


def test_many_classes_by_name(tmp_path: Path) -> None:
    letters = np.array(list("abcdefghijklmnopqrstuvwxyzäöü"))
    images = RANDOM.integers(0, 256, (290, 5, 5), np.uint8)
    split = own(saved(tmp_path, images, labels=np.arange(290) % 29, class_names=letters))
    assert split.num_classes == 29 and split.class_names[-1] == "ü"


@pytest.mark.parametrize(
    ("labels", "names", "codes"),
    [
        (np.array([3, 7, 3, 26] * 3), ("3", "7", "26"), [0, 1, 0, 2]),
        (np.array(["cat", "dog", "cat", "ant"] * 3), ("ant", "cat", "dog"), [1, 2, 1, 0]),
        (np.array([[1.0], [0.0], [2.0], [1.0]] * 3), ("0", "1", "2"), [1, 0, 2, 1]),
        (np.array([True, False, True, True] * 3), ("False", "True"), [1, 0, 1, 1]),
        (np.array([2, 1, 1, 2] * 3, np.float16), ("1", "2"), [1, 0, 0, 1]),
        (np.array([b"\xe4", b"\xf6", b"a", b"\xe4"] * 3), ("a", "ä", "ö"), [1, 2, 0, 1]),
    ],
)
@pytest.mark.filterwarnings("error")
def test_any_labels_become_codes_with_names(tmp_path: Path, labels: np.ndarray, names: tuple, codes: list) -> None:
    images = read_images(saved(tmp_path, GREY, labels=labels))
    assert images.class_names == names
    assert images.labels is not None and images.labels[:4].tolist() == codes


@pytest.mark.parametrize(
    ("images", "expected", "note"),
    [
        (GREY > 127, (GREY > 127) * 255, "true and false"),
        (GREY / np.float32(255), GREY, r"\[0, 1\]"),
        (GREY.astype(np.float64) / 255 * 1.0000001, GREY, r"\[0, 1\]"),
        (GREY.astype(np.float16), GREY, r"\[0, 255\]"),
        (GREY.astype(np.uint16) * 257, GREY, "16 bits"),
        (GREY.astype(np.uint16) * 16 + 8, GREY, "12 bits"),
        (GREY.astype(">i4"), GREY, None),
        (np.asfortranarray(GREY), GREY, None),
        (GREY // 128, GREY // 128 * 255, "0 and 1"),
        (GREY[:, None], GREY, "channels, height, width"),
    ],
)
@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_number_types_become_the_same_pixels(
    tmp_path: Path, images: np.ndarray, expected: np.ndarray, note: str | None, kind: str
) -> None:
    path = tmp_path / f"set.{kind}"
    (np.savez(path, images=images) if kind == "npz" else np.save(path, images))
    read = read_images(path)
    assert np.abs(read.images[..., 0].astype(int) - expected).max() <= (1 if note == "12 bits" else 0)
    if note is None:
        assert read.notes == ()
    else:
        assert len(read.notes) == 1
        assert re.search(note, read.notes[0])


def test_channels_first_and_last_give_the_same_pixels(tmp_path: Path) -> None:
    last = read_images(saved(tmp_path, COLOUR))
    first = read_images(saved(tmp_path, COLOUR.transpose(0, 3, 1, 2)))
    assert np.array_equal(last.images, first.images) and last.notes == () and len(first.notes) == 1


def with_value(value: float, where: tuple[int, ...] = (4, 2, 1)) -> np.ndarray:
    images = np.full((12, 6, 5), 0.5, np.float32)
    images[where] = value
    return images


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (with_value(np.nan), r"nan at image 4, row 2, column 1"),
        (with_value(np.inf), r"inf at image 4, row 2, column 1"),
        (with_value(-0.7), r"-0\.7 at image 4, row 2, column 1 is below 0"),
        (with_value(300), r"300 at image 4, row 2, column 1"),
        (with_value(1.4), r"1\.4 at image 4"),
        (GREY.astype(np.int64) * 300, r"is above 65535"),
        (GREY.astype(np.int16) - 200, r"below 0"),
        (GREY.reshape(12, -1), r"flat"),
        (COLOUR[0], r"one colour image"),
        (COLOUR[..., :2], r"no axis of 1 or 3 channels"),
        (GREY[:0], r"no images"),
        (GREY[:, :1], r"too small"),
        (GREY.astype(complex), r"complex"),
        (GREY.astype(str), r"<U"),
        (np.zeros(3, np.uint8), r"no set of images"),
    ],
)
@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_what_cannot_be_pixels_is_named(tmp_path: Path, images: np.ndarray, message: str, kind: str) -> None:
    path = tmp_path / f"set.{kind}"
    (np.savez(path, images=images) if kind == "npz" else np.save(path, images))
    with pytest.raises(DataError, match=message) as caught:
        own(path)
    assert "\n" not in str(caught.value) and path.name in str(caught.value) and caught.value.todo


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    labels = np.array([0, 1, 9] * 4)
    path = saved(tmp_path, with_value(-3), labels=labels, class_names=np.array(["a", "b"]))
    with pytest.raises(DataError, match=r"-3 at image 4.*label 9 of image 2"):
        own(path)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(11, int), r"labels of shape \(11,\) beside 12 images"),
        (np.full(12, 0.5), r"label 0\.5 of image 0"),
        (np.zeros((11, 10)), r"labels of shape \(11, 10\)"),
        (np.zeros(12, complex), r"complex"),
    ],
)
def test_labels_that_do_not_fit_are_named(tmp_path: Path, labels: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        own(saved(tmp_path, GREY, labels=labels))


def test_object_arrays_are_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, images=np.array([GREY, None], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="Python objects"):
        own(path)
    np.save(tmp_path / "set.npy", np.array([GREY, None], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="Python objects"):
        own(tmp_path / "set.npy")


def test_one_image_and_the_only_array(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, GREY[:1])
    split = own(path)
    assert len(split.train) == 1 and len(split.test) == 0 and split.test.image_shape == (1, 28, 20)
    np.savez(path, a=GREY, b=GREY)
    with pytest.raises(DataError, match=r"no array named images .*a \(12, 28, 20\)"):
        own(path)


def test_held_out_images_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    labels = np.array([5, 7] * 6)
    np.savez(path, x_train=GREY, y_train=labels, x_test=GREY[:4], y_test=np.array([7, 7, 5, 9]))
    split = own(path)
    assert split.class_names == ("5", "7", "9")
    assert split.test.labels is not None and split.test.labels.tolist() == [1, 1, 0, 2]
    np.savez(path, x_train=GREY, x_test=GREY[:, :9])
    with pytest.raises(DataError, match="does not go with"):
        own(path)


def test_labels_of_a_part_are_not_said_to_have_numbers_that_they_have_not(tmp_path: Path) -> None:
    split = own(saved(tmp_path, GREY, labels=np.arange(12) % 4, test_images=GREY[:2], test_labels=np.array([2, 3])))
    assert split.test.labels is not None and split.test.labels.tolist() == [2, 3]
    assert "labels 2 to 3 do not count up from 0: classes go by their names" in split.notes
    assert not any("became 0" in note for note in split.notes)


def test_columns_and_known_factors_are_kept(tmp_path: Path) -> None:
    codes = np.stack([np.arange(12) % 3, np.arange(12) // 3], axis=1)
    path = tmp_path / "set.npz"
    names = np.array(["shape", "scale"])
    np.savez(path, imgs=GREY // 128, latents_classes=codes, latents_names=names, weight=np.arange(12) / 4, other=names)
    split = own(path)
    assert set(split.train.columns) == {"shape", "scale", "weight"}
    assert np.array_equal(split.train.columns["weight"], split.train.ids / 4)
    assert set(factors(split.train)) == {"shape", "scale"}


def test_csv_beside_gives_columns_and_classes(tmp_path: Path) -> None:
    path = tmp_path / "set.npy"
    np.save(path, GREY)
    rows = [f"{i},{i / 2 if i else ''},{'odd' if i % 2 else 'even'}" for i in range(12)]
    (tmp_path / "set.csv").write_text("\ufeffnumber,age,label\n" + "\n".join(rows))
    images = read_images(path)
    assert images.columns["number"].dtype == np.int64 and images.columns["age"][3] == 1.5
    assert np.isnan(images.columns["age"][0])
    assert images.class_names == ("even", "odd")
    (tmp_path / "more.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"more\.csv has 1 rows for 12 images"):
        own(path, columns=str(tmp_path / "more.csv"))
    (tmp_path / "more.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(DataError, match=r"line 3 has 1 cells for 2 columns"):
        own(path, columns=str(tmp_path / "more.csv"))
    with pytest.raises(DataError, match=r"none\.csv cannot be read"):
        own(path, columns=str(tmp_path / "none.csv"))


def test_names_of_classes_beside_labels_that_are_names_are_said_to_be_unread(tmp_path: Path) -> None:
    path = saved(
        tmp_path, np.zeros((4, 4, 4), np.uint8), labels=np.array(list("abab")), class_names=np.array(["x", "y"])
    )
    split = own(path)
    assert split.class_names == ("a", "b")
    assert any("class_names are not read: the 2 labels are text" in note for note in split.notes)


def test_labels_beside_an_npy(tmp_path: Path) -> None:
    np.save(tmp_path / "set.npy", GREY)
    np.save(tmp_path / "set_labels.npy", np.arange(12) % 4)
    assert read_images(tmp_path / "set.npy").num_classes == 4


@pytest.mark.parametrize("packed", [False, True])
def test_idx_with_labels_beside(tmp_path: Path, packed: bool) -> None:
    end, pack = (".gz", gzip.compress) if packed else ("", bytes)
    for part, images in (("train", GREY), ("t10k", GREY[:5])):
        (tmp_path / f"{part}-images-idx3-ubyte{end}").write_bytes(pack(idx_bytes(images)))
        (tmp_path / f"{part}-labels-idx1-ubyte{end}").write_bytes(pack(idx_bytes(np.arange(len(images), dtype="u1"))))
    one = read_images(tmp_path / f"train-images-idx3-ubyte{end}")
    assert np.array_equal(one.images[..., 0], GREY) and one.num_classes == 12
    both = own(tmp_path)
    assert (len(both.train), len(both.test)) == (12, 5)


def test_idx_of_other_types_and_wrong_lengths(tmp_path: Path) -> None:
    path = tmp_path / "set.idx"
    path.write_bytes(idx_bytes((GREY / 255).astype(np.float32), 0x0D))
    assert np.array_equal(read_images(path).images[..., 0], GREY)
    path.write_bytes(idx_bytes(GREY)[:-3])
    with pytest.raises(DataError, match="where its header says"):
        read_images(path)
    path.write_bytes(gzip.compress(idx_bytes(GREY)[:-3]))
    with pytest.raises(DataError, match="cut off"):
        read_images(path)
    path.write_bytes(gzip.compress(idx_bytes(GREY) + b"x"))
    with pytest.raises(DataError, match="longer"):
        read_images(path)


def test_sizes_are_checked_before_memory_is_taken(tmp_path: Path) -> None:
    """Headers that promise terabytes, in every format, end in one line and not in an allocation."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**3, 10**3)}
    )
    (tmp_path / "huge.npy").write_bytes(header.getvalue() + b"0" * 100)
    with zipfile.ZipFile(tmp_path / "huge.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", header.getvalue() + b"0" * 100)
    wordless = io.BytesIO()
    np.lib.format.write_array_header_1_0(wordless, {"descr": "<U0", "fortran_order": False, "shape": (2**40,)})
    (tmp_path / "huge.wordless.npy").write_bytes(wordless.getvalue())
    promise = bytes([0, 0, 8, 3]) + (10**6).to_bytes(4, "big") + (10**3).to_bytes(4, "big") * 2
    (tmp_path / "huge.idx").write_bytes(promise)
    (tmp_path / "huge.gz").write_bytes(gzip.compress(promise))
    for path in tmp_path.glob("huge.*"):
        with pytest.raises(DataError):
            read_images(path)


def test_an_archive_may_hold_what_has_no_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        with archive.open(zipfile.ZipInfo(""), "w") as member:
            member.write(b"nothing")
        with archive.open("images.npy", "w") as member:
            np.save(member, GREY)
    assert len(read_images(tmp_path / "set.npz")) == len(GREY)


def test_archives_too_large_to_unpack_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_files, "LARGEST_UNPACKED", 1000)
    with pytest.raises(DataError, match=r"unpacked.*\.npy"):
        own(saved(tmp_path, GREY))


def test_large_arrays_stay_in_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "set.npy"
    images = RANDOM.integers(0, 256, (2000, 8, 8), np.uint8)
    np.save(path, images)
    monkeypatch.setattr(big_arrays, "IN_MEMORY_BYTES", 10_000)
    split = own(path)
    assert isinstance(split.train.images, np.memmap) and isinstance(split.test.images, np.memmap)
    assert np.shares_memory(split.train.images, split.train.take(slice(5, 9)).images)
    assert len(split.test) == 400 and np.array_equal(split.test.images[..., 0], images[1600:])
    resized = own(path, size=4, limit=1500)
    assert isinstance(resized.train.images, np.memmap) and resized.train.images.shape == (1500, 4, 4, 1)
    assert any("resized" in note for note in resized.notes)


def test_a_class_sorted_file_is_drawn_from_even_when_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "set.npy", RANDOM.integers(0, 256, (200, 8, 8), np.uint8))
    np.save(tmp_path / "set_labels.npy", np.repeat(np.arange(4), 50))
    monkeypatch.setattr(big_arrays, "IN_MEMORY_BYTES", 1000)
    assert np.bincount(own(tmp_path / "set.npy").test.labels).tolist() == [10] * 4


def test_size_and_colour(tmp_path: Path) -> None:
    split = own(saved(tmp_path, COLOUR), size=(4, 6), color="grey")
    assert split.image_shape == (1, 4, 6)
    assert any("9 x 8 to 4 x 6" in note and "12 of them padded" in note for note in split.notes)
    assert any("grey" in note for note in split.notes)
    plain = np.full((2, 8, 8), 93, np.uint8)
    bigger = read_images(saved(tmp_path, plain), like=(3, 16, 12))
    assert bigger.image_shape == (3, 16, 12) and (bigger.images == 93).all()


def test_what_is_not_there_or_unknown(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        own(tmp_path / "none.npz")
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(DataError, match="nothing that images are read from"):
        own(tmp_path / "a.txt")
    with pytest.raises(DataError, match=r"holds no images, only a\.txt"):
        own(tmp_path)
    (tmp_path / "empty.npz").write_bytes(b"")
    with pytest.raises(DataError):
        own(tmp_path / "empty.npz")


def valid(images: ImageSet) -> bool:
    return images.images.dtype == np.uint8 and len(images) > 0


@pytest.mark.parametrize("kind", ["npz", "npz-stored", "npy", "idx", "idx-gz", "csv"])
def test_mutated_files_give_a_set_or_one_clear_line(tmp_path: Path, kind: str) -> None:
    small = GREY[:4, :6, :5]
    buffer = io.BytesIO()
    if kind == "npz":
        np.savez_compressed(buffer, images=small, labels=np.arange(4), class_names=np.array(list("abcd")))
    elif kind == "npz-stored":
        np.savez(buffer, images=small / np.float32(255), labels=np.array(list("abca")), x=np.arange(4))
    elif kind == "npy":
        np.save(buffer, small)
    elif kind == "csv":
        buffer.write("name,age,label\n1,2.5,a\n2,3,b\n3,,a\n4,1e5,ä\n".encode())
    else:
        buffer.write(gzip.compress(idx_bytes(small)) if kind == "idx-gz" else idx_bytes(small))
    original = buffer.getvalue()
    np.save(tmp_path / "set.npy", small)
    random = np.random.default_rng(1)
    refused = 0
    for number in range(150):
        content = bytearray(original)
        for _ in range(random.integers(1, 4)):
            content[random.integers(len(content))] = random.integers(256)
        if number % 3 == 0:
            del content[random.integers(len(content)) :]
        if number % 5 == 0:
            place = random.integers(len(content) + 1)
            content[place:place] = random.bytes(random.integers(1, 20))
        path = tmp_path / f"mutated-{number}.{kind}"
        path.write_bytes(content)
        try:
            images = read_images(tmp_path / "set.npy", columns=path) if kind == "csv" else read_images(path)
            assert valid(images)
        except DataError as error:
            refused += 1
            assert "\n" not in str(error) and len(str(error)) < 1500
    assert refused > 10
