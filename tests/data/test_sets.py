"""What of a folder or file is read, what is left out, and that it is said: links, parts, classes, several sets."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError
from latentexplorer.data import DataSplit, load_data, read_images
from latentexplorer.data.own_images import read_parts
from latentexplorer.data.readers.decoding import Decoded, decode, decode_frames


def own(path: Path, **settings: object) -> DataSplit:
    return load_data(DataConfig.model_validate({"name": "images", "path": str(path), **settings}))


def put(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), 9, np.uint8)).save(path)
    return folder


def said(path: Path, **settings: object) -> str:
    return " | ".join(own(path, **settings).notes)


def test_linked_classes_are_read_once_and_loops_end(tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere", "1.png", "2.png")
    folder = put(tmp_path / "set", "cat/1.png")
    (folder / "dog").symlink_to(elsewhere)
    (folder / "hound").symlink_to(elsewhere)
    (folder / "cat" / "back").symlink_to(folder)
    (folder / "up").symlink_to(tmp_path)
    images = read_images(folder)
    assert images.class_names == ("cat", "dog") and len(images) == 3
    assert images.columns["file"].tolist() == ["cat/1.png", "dog/1.png", "dog/2.png"]
    assert any("3 links lead to folders that are read already" in note and "hound" in note for note in images.notes)
    # Whoever trains on a folder from elsewhere is told what else is read.
    assert any(f"1 link leads out of the folder and is followed: dog to {elsewhere}" in note for note in images.notes)
    (folder / "cat" / "9.png").symlink_to(elsewhere / "1.png")
    (folder / "cat" / "8.png").symlink_to(folder / "cat" / "1.png")
    assert "2 links lead out of the folder and are followed: cat/9.png to" in said(folder)
    (folder / "cat" / "9.png").unlink()
    (folder / "cat" / "8.png").unlink()
    # All of them links, as of a set that is made of parts of another one.
    links = tmp_path / "links"
    links.mkdir()
    (links / "x").symlink_to(folder / "cat")
    (links / "y").symlink_to(elsewhere)
    assert read_images(links).class_names == ("x", "y")


def test_a_class_behind_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    folder = put(tmp_path / "set", "cat/1.png", "cat/2.png")
    (folder / "dog").symlink_to(tmp_path / "not mounted" / "dog")
    (folder / "notes").write_text("x")
    notes = said(folder)
    assert f"1 link leads nowhere and is left out: dog to {tmp_path}/not mounted/dog" in notes
    assert "1 other file ignored: notes" in notes
    links = tmp_path / "links"
    links.mkdir()
    (links / "dog").symlink_to(tmp_path / "not mounted" / "dog")
    with pytest.raises(DataError, match=r"holds no images.*1 link leads nowhere and is left out: dog"):
        own(links)


def test_what_cannot_be_entered_is_hidden_or_empty_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path, "cat/1.png", "dog/1.png", "shut/1.png", ".cats/1.png", ".git/1.png", ".one.png", "._two.png")
    (folder / "bird").mkdir()
    scan: Callable[..., object] = os.scandir

    # Whoever runs the tests may be allowed to enter everything.
    def closed(where: Path) -> object:
        if Path(where).name == "shut":
            raise PermissionError(13, "Permission denied")
        return scan(where)

    monkeypatch.setattr(os, "scandir", closed)
    notes = said(folder)
    assert "1 folder cannot be read and is left out: shut (Permission denied)" in notes
    assert "2 hidden entries with images are left out: .cats (1), .one.png" in notes
    assert "1 sub-folder holds no images and is no class: bird" in notes
    with pytest.raises(DataError, match=r"holds no images.*Permission denied"):
        read_images(folder / "shut")


@pytest.mark.parametrize(
    ("files", "train", "test", "classes"),
    [
        (["train/cat/1", "train/dog/1", "test/1", "test/2"], 2, 2, ("cat", "dog")),
        (["train/1", "train/2", "test/cat/1"], 2, 1, ("cat",)),
        (["Train/cat/1", "VAL/cat/1"], 1, 1, ("cat",)),
        (["train/cat/1", "train/dog/1"], 2, 0, ("cat", "dog")),
        (["set/train/cat/1", "set/test/dog/1"], 1, 1, ("cat", "dog")),
        (["set/cat/1", "set/dog/1"], 2, 0, ("cat", "dog")),
        (["training/1", "validation/1", "testing/1"], 1, 1, ()),
        (["train/cat/1", "test/cat/1", "extra/1"], 3, 0, ("extra", "test", "train")),
    ],
)
def test_parts_of_a_folder(tmp_path: Path, files: list[str], train: int, test: int, classes: tuple[str, ...]) -> None:
    split = own(put(tmp_path, *(f"{file}.png" for file in files)), test_fraction=0.01)
    assert (len(split.train), len(split.test)) == (train, test) and split.class_names == classes
    notes = " | ".join(split.notes)
    without = ["training"] if files[0] == "train/1" else ["held-out"] if "test/1" in files else []
    assert [each for each in ("training", "held-out") if f"the {each} images carry no labels" in notes] == without
    assert ("are classes like others, because extra lies beside them" in notes) == ("extra/1" in files)
    assert ("held out is testing; validation not used" in notes) == ("testing/1" in files)
    parts = read_parts(tmp_path)
    assert sum(map(len, parts.values())) == len(files), "encoding wants all of them"
    assert ("validation" in parts) == ("validation/1" in files)


def test_positions_are_those_in_the_source(tmp_path: Path) -> None:
    folder = put(tmp_path, *(f"{part}/{n}.png" for part in ("train", "test") for n in range(8)))
    everything = sorted(read_images(folder).columns["file"])
    for settings in ({}, {"limit": 3, "test_per_class": 2}, {"held_out_from": "train", "limit": 3}):
        split = own(folder, **settings)
        for part in (split.train, split.test):
            assert part.ids is not None
            assert part.columns["file"].tolist() == [everything[k] for k in part.ids]


def test_a_conditional_model_is_told_which_part_has_no_labels(tmp_path: Path) -> None:
    split = own(put(tmp_path, "train/cat/1.png", "test/1.png"))
    with pytest.raises(DataError, match=r"held-out images of .* carry no labels.*held_out_from=train"):
        split.require_labels("Conditional VAE")
    with pytest.raises(DataError, match=r"these images carry no labels"):
        own(tmp_path, labels="none").require_labels("Conditional VAE")
    own(tmp_path, held_out_from="train").require_labels("Conditional VAE")


def test_classes_are_told_apart_by_names_as_they_are_read(tmp_path: Path) -> None:
    folder = put(tmp_path, "Cat/1.png", "cat/1.png", "cat /2.png", "01/1.png", "1/1.png", "e\u0301/1.png", "é/2.png")
    images = read_images(folder)
    assert set(images.class_names) == {"Cat", "cat", "01", "1", "é"}
    notes = " | ".join(images.notes)
    assert "'cat' and 'cat '" in notes and "differ only in case" in notes


def arrays(path: Path, **named: object) -> Path:
    np.savez(path / "set.npz", **named)
    return path / "set.npz"


X = np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4)
Y = np.array([2, 0, 1, 0, 2, 1])


@pytest.mark.parametrize(
    "named",
    [
        {"images": X, "y": Y},
        {"images": X, "label": Y},
        {"images": X, "target": Y},
        {"X": X, "y": Y},
        {"x_train": X, "y_train": Y},
        {"train_x": X, "train_y": Y},
        {"X_train": X, "target_train": Y},
        {"train_images": X, "y": Y},
        {"images_train": X, "labels": Y},
        {"x_test": X, "y_test": Y},
        {"images": X, "labels": np.eye(3, dtype=int)[Y]},
        {"images": X, "labels": np.eye(3)[Y] > 0, "class_names": np.array(["a", "b", "c"])},
        {"images": X, "y": Y.astype(float), "target": Y[::-1]},
    ],
)
def test_labels_of_an_npz_by_what_they_are_usually_called(tmp_path: Path, named: dict[str, np.ndarray]) -> None:
    images = read_images(arrays(tmp_path, **named))
    assert images.labels is not None and images.labels.tolist() == Y.tolist()
    assert images.class_names == (("a", "b", "c") if "class_names" in named else ("0", "1", "2"))


def test_labels_that_are_not_chosen_are_a_column(tmp_path: Path) -> None:
    path = arrays(tmp_path, images=X, labels=Y, class_names=np.array(["a", "b", "c"]), kind=Y // 2)
    chosen, bare = read_images(path, labels="kind"), read_images(path, labels="none")
    assert chosen.class_names == ("0", "1") and bare.labels is None
    assert chosen.columns["labels"].tolist() == bare.columns["labels"].tolist() == ["c", "a", "b", "a", "c", "b"]
    assert read_images(path, labels="labels").class_names == ("a", "b", "c")


def test_numbers_that_are_no_classes_stay_a_column(tmp_path: Path) -> None:
    images = read_images(arrays(tmp_path, images=X, y=Y / 4))
    assert images.labels is None and images.columns["y"].tolist() == (Y / 4).tolist()
    assert any("y is a column and no classes" in note for note in images.notes)
    for name in ("y", "label"):
        notes = read_images(arrays(tmp_path, images=X, **{name: Y / 4})).notes
        assert sum("whole number" in note for note in notes) == 1, "it is said once"


@pytest.mark.parametrize("names", [None, np.array(["young", "old", "red"])])
def test_tables_of_labels_are_columns_of_which_one_can_be_the_class(tmp_path: Path, names: np.ndarray | None) -> None:
    table = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
    path = arrays(tmp_path, images=X, labels=table, **({} if names is None else {"label_names": names}))
    columns = ["label_0", "label_1", "label_2"] if names is None else names.tolist()
    images = read_images(path)
    assert images.labels is None and [images.columns[name].tolist() for name in columns] == table.T.tolist()
    chosen = read_images(path, labels=columns[2])
    assert chosen.class_names == ("0", "1") and chosen.labels is not None
    assert chosen.labels.tolist() == table[:, 2].tolist()
    with pytest.raises(DataError, match=rf"no column 'labl'.*{columns[0]}"):
        read_images(path, labels="labl")
    for wrong, why in ((["a", "b", "b"], "some of them twice"), (["a", "b"], "2 for 3 labels")):
        path = arrays(tmp_path, images=X, labels=table, label_names=np.array(wrong))
        assert f"names of the labels are not read: {why}" in said(path) and "label_0 to label_2" in said(path)


def test_labels_of_one_part_stay_with_it_and_other_arrays_are_named(tmp_path: Path) -> None:
    parts = {"train_images": X, "train_labels": Y, "test_images": X[:4], "val_images": X[:2]}
    path = arrays(tmp_path, **parts, age=np.arange(6), test_age=Y[:4], odd=Y[:5])
    split = own(path)
    assert split.train.labels is not None and split.train.labels.tolist() == Y.tolist() and split.test.labels is None
    assert (
        split.train.columns["age"].tolist() == list(range(6)) and split.test.columns["age"].tolist() == Y[:4].tolist()
    )
    notes = " | ".join(split.notes)
    assert "the held-out images carry no labels" in notes and "val_images not used" in notes and "odd (5,)" in notes
    assert notes.count("val_images") == 1
    assert {part: len(images) for part, images in read_parts(path).items()} == {"train": 6, "test": 4, "val": 2}
    joined = read_images(path)
    assert joined.columns["part"].tolist() == ["train"] * 6 + ["test"] * 4 + ["val"] * 2
    assert joined.ids is not None and joined.ids.tolist() == list(range(12))


def test_a_table_beside_an_npz_of_two_parts_is_said_and_left(tmp_path: Path) -> None:
    path = arrays(tmp_path, train_images=X, test_images=X[:4])
    path.with_suffix(".csv").write_text("v\n" + "1\n" * 6)
    assert "set.csv is not read: " in said(path) and "holds 2" in said(path)
    with pytest.raises(DataError, match=r"goes with one list of images"):
        own(path, columns=str(path.with_suffix(".csv")))


def test_an_archive_of_pictures_is_to_be_unpacked(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "b.png")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in ("a.png", "b.png"):
            archive.write(tmp_path / name, name)
    with pytest.raises(DataError, match=r"2 files that are no arrays: a\.png, b\.png\. Unpack it"):
        own(tmp_path / "set.zip")
    path = arrays(tmp_path, images=X)
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "a.png", "a.png")
    assert "1 file in it is no array: a.png" in said(path)


@pytest.mark.parametrize(
    ("settings", "train", "test", "notes"),
    [
        ({}, 12, 6, []),
        ({"limit": 4}, 4, 6, ["to train on, 4 of 12 images, the first of each class"]),
        ({"test_per_class": 1}, 12, 2, ["held out, 2 of 6 images, the first of each class"]),
        ({"labels": "none", "limit": 5}, 5, 6, ["to train on, 5 of 12 images, the first ones"]),
        (
            {"held_out_from": "train", "test_fraction": 0.5},
            6,
            6,
            [
                "of the training images 6 of 12, drawn at random, are held out",
                "6 images that would be held out else are not used",
            ],
        ),
        (
            {"held_out_from": "train", "limit": 4},
            4,
            8,
            [
                "held-out images are training images that are not trained on",
                "6 images that would be held out else are not used",
            ],
        ),
        (
            {"held_out_from": "train", "limit": 12},
            12,
            6,
            ["no training image is left to be held out: the set's own held-out images are"],
        ),
    ],
)
def test_what_is_trained_on_and_held_out_of_more_is_said_with_counts(
    tmp_path: Path, settings: dict[str, object], train: int, test: int, notes: list[str]
) -> None:
    files = [f"train/{name}/{n}.png" for name in "ab" for n in range(6)]
    split = own(put(tmp_path, *files, *(f"test/{name}/{n}.png" for name in "ab" for n in range(3))), **settings)
    assert (len(split.train), len(split.test)) == (train, test)
    assert set(notes) <= set(split.notes)
    assert not [note for note in split.notes if "of its own" in note], "it has some"
    assert bool(notes) or not [note for note in split.notes if "images" in note]


def with_files(path: Path, files: np.ndarray) -> Path:
    """The same with an array `file`, which numpy's own function has no room for."""
    with zipfile.ZipFile(path, "a") as archive, archive.open("file.npy", "w") as member:
        np.lib.format.write_array(member, files)
    return path


def test_text_that_was_saved_as_bytes_is_text(tmp_path: Path) -> None:
    words = np.array([b"gr\xc3\xbcn", b"1_11", b"001", b"", b"caf\xe9", b"x"])
    images = read_images(with_files(arrays(tmp_path, images=X, place=words), np.char.add(words, b".png")))
    assert images.columns["place"].tolist() == ["grün", "1_11", "001", "", "café", "x"]
    assert images.columns["file"][0] == "grün.png"
    # A column of numbers that is called so names no files.
    path = with_files(arrays(tmp_path, images=X), np.arange(6))
    path.with_suffix(".csv").write_text("v\n" + "".join(f"{n}\n" for n in range(6)))
    assert read_images(path).columns["v"].tolist() == list(range(6))


def test_names_of_classes_in_any_order_and_twice(tmp_path: Path) -> None:
    images = read_images(arrays(tmp_path, images=X, labels=Y, class_names=np.array(["dog", "cat", "dog "])))
    assert images.class_names == ("dog", "cat") and images.labels is not None
    assert images.labels.tolist() == [0, 0, 1, 0, 0, 1] and any("one class each" in note for note in images.notes)


@pytest.mark.parametrize(
    ("images", "labels"),
    [("set", "set_labels"), ("x_train", "y_train"), ("X", "y"), ("train_images", "train_labels")],
)
def test_labels_beside_an_npy_by_their_names(tmp_path: Path, images: str, labels: str) -> None:
    np.save(tmp_path / f"{images}.npy", X)
    np.save(tmp_path / f"{labels}.npy", Y)
    found = read_images(tmp_path / f"{images}.npy")
    assert found.labels is not None and found.labels.tolist() == Y.tolist()


def test_several_sets_in_one_folder_are_said(tmp_path: Path) -> None:
    folder = put(tmp_path / "mixed", "a.png", "b.png")
    np.save(folder / "set.npy", X)
    (folder / "train-images-idx3-ubyte").write_bytes(b"")
    assert "2 arrays beside the images are not read: set.npy, train-images-idx3-ubyte" in said(folder)
    alone = tmp_path / "alone"
    alone.mkdir()
    np.save(alone / "set.npy", X)
    with pytest.raises(DataError, match=r"holds no images, only set\.npy.*Name .*alone/set\.npy"):
        own(alone)
    idx = bytes([0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0, 4]) + X.tobytes()
    sets = tmp_path / "above" / "sets"
    sets.mkdir(parents=True)
    for name in ("emnist-digits-train-images-idx3-ubyte", "emnist-letters-train-images-idx3-ubyte"):
        (sets / name).write_bytes(idx)
    (sets / "emnist-digits-test-images-idx3-ubyte").write_bytes(idx)
    split = own(sets)
    assert (len(split.train), len(split.test)) == (6, 6)
    assert any("1 file of images is not used: emnist-letters-train" in note for note in split.notes)
    with pytest.raises(DataError, match=r"no images but idx files.*Name .*above/sets$"):
        own(sets.parent)
    # What else lies there is no more passed over than beside pictures.
    np.save(sets / "set.npy", X)
    (sets / "ages.csv").write_text("age\n1\n")
    notes = said(sets)
    assert "1 array beside the images is not read: set.npy" in notes and "1 other file ignored: ages.csv" in notes


@pytest.mark.parametrize("name", ["a.tif", "a.gif", "a.png", "a.webp"])
def test_frames_of_a_file_are_one_image_or_one_each(tmp_path: Path, name: str) -> None:
    lossless = {"lossless": True} if name.endswith("webp") else {}
    first, *others = [Image.fromarray(np.full((4, 4), grey, np.uint8)) for grey in (10, 90, 170)]
    (tmp_path / "x").mkdir()
    first.save(tmp_path / "x" / name, save_all=True, append_images=others, **lossless)
    put(tmp_path, "y/b.png")
    split = own(tmp_path, test_fraction=0.01)
    assert any("1 image: only the first frame taken, 2 more left out" in note for note in split.notes)
    assert len(split.train) == 2 and split.train.columns["file"].tolist() == [f"x/{name}", "y/b.png"]
    every = own(tmp_path, frames="all", test_fraction=0.01).train
    assert every.columns["file"].tolist() == [f"x/{name}#0", f"x/{name}#1", f"x/{name}#2", "y/b.png"]
    assert every.images[:, 0, 0, 0].tolist() == [10, 90, 170, 9]
    assert every.labels is not None and every.labels.tolist() == [0, 0, 0, 1]
    assert every.columns["frame"].tolist() == [0, 1, 2, 0] and every.columns["stack"][1] == f"x/{name}"
    assert not any("frame" in note for note in every.notes)


def test_pages_are_read_scaled_and_named_one_by_one(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full(shape, value, np.uint16)) for shape, value in (((4, 4), 4000), ((4, 6), 1000))]
    pages[0].save(tmp_path / "deep.tif", save_all=True, append_images=pages[1:])
    images = own(tmp_path / "deep.tif", frames="all", test_fraction=0.01).train
    assert images.ids is not None and images.ids.tolist() == [0, 1]
    assert images.columns["file"].tolist() == ["deep.tif#0", "deep.tif#1"]
    bright, dark = images.images[:, 0, 0, 0].astype(int)
    assert abs(bright - 4 * dark) < 8, "the pages of a stack have one scale"
    assert own(tmp_path / "deep.tif", frames="all", limit=1, size=4).train.ids is not None
    table = tmp_path / "t.csv"
    table.write_text("file,v\ndeep.tif#1,b\ndeep.tif#0,a\n")
    read = own(tmp_path / "deep.tif", frames="all", columns=str(table), test_fraction=0.01).train
    assert read.columns["v"].tolist() == ["a", "b"]


def test_frames_read_together_are_as_those_read_alone_and_a_damaged_one_spoils_no_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    grey = [Image.fromarray(rng.integers(0, 4000, (6, 5)).astype(np.uint16)) for _ in range(4)]
    colour = [Image.fromarray(rng.integers(0, 255, (6, 5, 3), dtype=np.uint8)) for _ in range(4)]
    for pages, name in ((grey, "a.tif"), (colour, "b.gif")):
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
        alone = [decode(tmp_path / name, frame).values for frame in (0, 3, 1)]
        together = [found.values for found in decode_frames(tmp_path / name, [0, 3, 1]) if isinstance(found, Decoded)]
        assert [a.tolist() for a in together] == [a.tolist() for a in alone]
    found = list(decode_frames(tmp_path / "a.tif", [1, 9, 2]))
    assert [isinstance(each, Decoded) for each in found] == [True, False, True]


def test_a_row_for_a_file_is_of_all_its_frames(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((4, 4), grey, np.uint8)) for grey in (10, 90)]
    for name in ("x", "y"):
        pages[0].save(tmp_path / f"{name}.tif", save_all=True, append_images=pages[1:])
    (tmp_path / "columns.csv").write_text("file,label\ny.tif,dog\nx.tif,cat\n")
    split = own(tmp_path, frames="all", test_fraction=0.01)
    assert split.train.columns["label"].tolist() == ["cat", "cat", "dog", "dog"]
    assert split.class_names == ("cat", "dog")
    assert any("a row goes with all frames of its file" in note for note in split.notes)
    (tmp_path / "columns.csv").write_text("file,label\ny.tif,dog\n")
    with pytest.raises(DataError, match=r"no row for x\.tif"):
        own(tmp_path, frames="all")
