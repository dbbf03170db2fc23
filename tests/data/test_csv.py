"""A table beside images: whose row is whose, what its cells are, and how it may be written."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError, Stopped, UnreadableError
from latentexplorer.data import DataSplit, ImageSet, load_data, read_images
from latentexplorer.data.readers.csv_columns import typed
from latentexplorer.data.readers.csv_table import read_table


def own(path: Path, **settings: object) -> DataSplit:
    return load_data(DataConfig.model_validate({"name": "images", "path": str(path), **settings}))


def put(folder: Path, *names: str) -> Path:
    """Image files of one grey each, by which they can be told apart: the first has 1, the second 2."""
    for number, name in enumerate(names, start=1):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), number, np.uint8)).save(path)
    return folder


def read(folder: Path, table: str | bytes) -> ImageSet:
    path = folder.parent / "table.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return read_images(folder, columns=path, labels="none")


def belongs(images: ImageSet) -> bool:
    """Whether every image has the row that holds its grey."""
    return images.columns["grey"].tolist() == images.images[:, 0, 0, 0].tolist()


NAMES = ("b.png", "a.png", "c.png")


@pytest.mark.parametrize(
    ("names", "table"),
    [
        (NAMES, "file,grey\nc.png,3\na.png,2\nb.png,1\n"),
        (NAMES, "File Name,grey\nc.png,3\na.png,2\nb.png,1\n"),
        (NAMES, "grey,picture\n3,c.png\n2,a.png\n1,b.png\n"),
        (NAMES, "id,grey\nc,3\na,2\nb,1\n"),
        (NAMES, "id,grey\nC.PNG,3\nA.Png,2\nB,1\n"),
        (NAMES, "id,grey\n c.jpg ,3\na.tif,2\nb.png,1\n"),
        (NAMES, "id,grey\n./c.png,3\n.\\a.png,2\ndata\\images\\b.png,1\n"),
        (NAMES, "id,grey\n/home/me/c.png,3\n/home/me/a.png,2\n/home/me/b.png,1\n"),
        (NAMES, "row,id,grey\n0,c,3\n1,a,2\n2,b,1\n"),
        (NAMES, '"id","grey"\r\n"c.png","3"\r\n"a.png","2"\r\n"b.png","1"\r\n'),
        (NAMES, '"id", "note", "grey"\n"c.png", "x, y", "3"\n"a.png", "z", "2"\n"b.png", "", "1"\n'),
        (NAMES, "id,grey\nz.png,9\nc.png,3\na.png,2\nb.png,1\n,\n"),
        (("x/1.png", "y/1.png", "1.png"), "path,grey\ny/1.png,2\nx/1.png,1\n1.png,3\n"),
        (("x/1.png", "y/2.png"), "path,grey\n2.png,2\n1.png,1\n"),
        (("x/1.png", "x/y/1.png"), "path,grey\nroot/x/y/1.png,2\nroot/x/1.png,1\n"),
        (("001.png", "002.png", "010.png"), "nr,grey\n10,3\n1,1\n2,2\n"),
        (("1.png", "001.png"), "nr,grey\n001,2\n1,1\n"),
        (("scan.001.png", "scan.002.png"), "nr,grey\nscan.002,2\nscan.001,1\n"),
        (("a.png", "a.jpg"), "f,grey\na.jpg,2\na.png,1\n"),
        (("A.png", "a.png"), "f,grey\na.png,2\nA.png,1\n"),
        (("é.png", "b.png"), f"f,grey\nb.png,2\n{unicodedata.normalize('NFD', 'é')}.png,1\n"),
        ((unicodedata.normalize("NFD", "é") + ".png", "b.png"), "f,grey\nb.png,2\né.png,1\n"),
        (("a,b.png", "c\nd.png"), 'f,grey\n"c\nd.png",2\n"a,b.png",1\n'),
    ],
)
def test_rows_belong_to_the_files_that_they_name(tmp_path: Path, names: tuple[str, ...], table: str) -> None:
    # JPEG keeps a single grey as it is.
    images = read(put(tmp_path / "images", *names), table)
    assert belongs(images)
    assert any("table.csv" in note and "column" in note for note in images.notes)
    assert ("rows name no image: z.png" in " ".join(images.notes)) == ("z.png" in table)


def test_a_name_that_is_no_utf_8_is_found_in_a_table_that_is_none(tmp_path: Path) -> None:
    folder = put(tmp_path / "images", "plain.png")
    Image.fromarray(np.full((4, 4), 2, np.uint8)).save(tmp_path / "other.png")
    (tmp_path / "other.png").rename(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png"))
    images = read(folder, b"file,grey\ncaf\xe9.png,2\nplain.png,1\n")
    assert belongs(images)
    assert sorted(images.columns["file"]) == ["café.png", "plain.png"]


@pytest.mark.parametrize(
    ("names", "table", "said"),
    [
        (NAMES, "file,grey\na.png,2\nb.png,1\n", [r"no row for c\.png \(1 of 3 files\)"]),
        (
            NAMES,
            "file,grey\na.png,2\nb.png,1\nx.png,3\n",
            [r"no row for c\.png", r"no file for x\.png \(1 of 3 rows\)"],
        ),
        (NAMES, "file,grey\nx,2\ny,1\nz,3\n", [r"column 'file'", r"no row for a\.png", r"no file for x, y, z"]),
        (NAMES, "file,grey\na.png,2\na.png,7\nb.png,1\nc.png,3\n", [r"lines 2 and 3 both name a\.png"]),
        (NAMES, "file,grey\na.png,2\nA.jpg,7\nb.png,1\nc.png,3\n", [r"lines 2 and 3 both name a\.png"]),
        (("x/1.png", "y/1.png"), "file,grey\n1.png,1\n1.png,2\n", [r"line 2, '1\.png', fits x/1\.png and y/1\.png"]),
        (("a.png", "a.jpg"), "file,grey\na,1\na.tif,2\n", [r"fits a\.\w+ and a\.\w+"]),
        (NAMES, "grey,weight\n1,5\n2,6\n3,7\n", [r"looked at grey, weight", "a column 'file'"]),
        (NAMES, "a.png,1\nb.png,2\nc.png,3\n", ["not with column names"]),
        (("0.png", "1.png"), "left,right\n0,1\n1,0\n", [r"'left' and 'right' both name all images"]),
        (NAMES, "file,grey\n", ["no rows"]),
        (NAMES, "", ["is empty"]),
        (NAMES, "grey,grey\n1,2\n", ["columns 1 and 2 are both called 'grey'"]),
        (NAMES, 'file,grey\na.png,1\nb.png,"2\nc.png,3\n', [r"line 3"]),
        (NAMES, "file;a,b\na.png;1,2\n", ["commas or semicolons"]),
        (NAMES, "file,grey\na.png,1\nb.png\n", [r"line 3 has 1 cells for 2 columns \(separated by commas\)"]),
        (NAMES, b"\xff\xfea", ["damaged"]),
        (NAMES, b"file\0\0,\0\0\n", ["damaged|no table"]),
    ],
)
def test_what_does_not_fit_is_refused_with_both_sides(
    tmp_path: Path, names: tuple[str, ...], table: str | bytes, said: list[str]
) -> None:
    with pytest.raises(DataError) as caught:
        read(put(tmp_path / "images", *names), table)
    for each in said:
        caught.match(each)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_separators_and_encodings(tmp_path: Path, separator: str, encoding: str) -> None:
    rows = [["file", "grey", "name"], ["b.png", "1", "grün"], ["c.png", "3", "blau"], ["a.png", "2", "grün"]]
    table = "\n".join(separator.join(row) for row in rows)
    images = read(put(tmp_path / "images", *NAMES), table.encode(encoding))
    assert belongs(images) and images.columns["name"].tolist() == ["grün", "grün", "blau"]
    said = " ".join(images.notes)
    assert ("is read as" in said) == (not encoding.startswith("utf-8"))
    assert ("separated by" in said) == (separator != ",")


def test_the_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    images = read(put(tmp_path / "images", *NAMES), "sep=;\nfile;grey\nc;3\na;2\nb;1\n")
    assert belongs(images)


@pytest.mark.parametrize(
    ("cells", "kind", "first"),
    [
        (["1_11", "11_1"], "U", "1_11"),
        (["001", "002"], "U", "001"),
        (["1", "002"], "U", "1"),
        (["0x1f", "2"], "U", "0x1f"),
        (["1e5", "2e5"], "U", "1e5"),
        (["inf", "1"], "U", "inf"),
        (["nan", "na"], "U", "nan"),
        (["1,5", "2"], "U", "1,5"),
        (["\u0661", "2"], "U", "\u0661"),
        (["12345678901234567890", "1"], "U", "12345678901234567890"),
        (["9007199254740993", ""], "U", "9007199254740993"),
        (["9" * 5000, "1"], "U", "9" * 200),
        (["\u0669" * 5000, ""], "U", "\u0669" * 200),
        (["+-5", ""], "U", "+-5"),
        (["True", "False"], "U", "True"),
        (["-3", "+4"], "i", -3),
        (["0", "10"], "i", 0),
        (["1.5", "2"], "f", 1.5),
        (["1.5e-3", "1e-05"], "f", 0.0015),
        ([".5", "1."], "f", 0.5),
        (["1", ""], "f", 1.0),
        (["2", "NaN"], "f", 2.0),
        (["2.5", "NA"], "f", 2.5),
    ],
)
def test_a_column_is_of_numbers_where_every_cell_is_written_as_one(cells: list[str], kind: str, first: object) -> None:
    values, _ = typed(cells)
    assert values.dtype.kind == kind and values[0] == first


def test_decimal_commas_where_they_separate_no_cells(tmp_path: Path) -> None:
    images = read(put(tmp_path / "images", *NAMES), "file;grey;size;both\nc;3;1,5;1,5\na;2;2;1.5\nb;1;-0,25;2\n")
    assert images.columns["size"].tolist() == [2, -0.25, 1.5]
    assert images.columns["both"].dtype.kind == "U", "commas and points at once are no way to write numbers"
    assert any("decimal commas" in note for note in images.notes)


@pytest.mark.parametrize(
    ("table", "order", "said"),
    [
        ("index,v\n2,c\n0,a\n1,b\n", "abc", "column 'index', from 0"),
        ("id,v\n3,c\n1,a\n2,b\n", "abc", "column 'id', from 1"),
        (",v\n1,b\n0,a\n2,c\n", "abc", "column 'column 1', from 0"),
        ("patient,v\n3,a\n1,b\n2,c\n", "abc", "in order"),
        ("id,v\n101,a\n102,b\n103,c\n", "abc", "in order"),
    ],
)
def test_images_without_names_go_by_position(tmp_path: Path, table: str, order: str, said: str) -> None:
    np.save(tmp_path / "set.npy", np.zeros((3, 4, 4), np.uint8))
    (tmp_path / "set.csv").write_text(table)
    images = read_images(tmp_path / "set.npy")
    assert "".join(images.columns["v"]) == order
    assert said in " ".join(images.notes)


@pytest.mark.parametrize("table", ["index,v\n0,a\n0,b\n1,c\n", "a,b\n1,2\n", "0,a\n1,b\n2,c\n"])
def test_positions_that_are_none_are_refused(tmp_path: Path, table: str) -> None:
    np.save(tmp_path / "set.npy", np.zeros((3, 4, 4), np.uint8))
    (tmp_path / "set.csv").write_text(table)
    with pytest.raises(DataError, match=r"does not count|rows for 3 images"):
        read_images(tmp_path / "set.npy")


def test_a_table_gives_classes_and_data_labels_chooses_which(tmp_path: Path) -> None:
    folder = put(tmp_path / "images", "x/b.png", "x/a.png", "y/c.png")
    (folder / "anything.csv").write_text("id,label,kind\nc,1_11,k\na,11_1,l\nb,1_11,\n")
    (folder / "x" / "anything.csv").write_text("")
    images = read_images(folder)
    assert "1 other file ignored: anything.csv" in images.notes, "that of the sub-folder, not the one that is read"
    assert images.class_names == ("x", "y") and images.columns["label"].tolist() == ["11_1", "1_11", "1_11"]

    def classes(labels: str) -> list[str]:
        split = own(folder, labels=labels, test_fraction=0.01)
        assert split.train.labels is not None
        return [split.class_names[label] for label in split.train.labels]

    assert classes("label") == classes("LABEL") == ["11_1", "1_11", "1_11"]
    assert classes("folders") == classes("") == ["x", "x", "y"]
    assert classes("kind") == ["l", "(no name)", "k"]
    bare = own(folder, labels="none")
    assert bare.num_classes == 0 and bare.class_names == ()
    assert bare.train.columns["folder"].tolist()[0] == "x"
    with pytest.raises(DataError, match=r"no column 'lable'.*label, kind.*label"):
        own(folder, labels="lable")


def test_a_column_of_measures_is_no_reason_to_refuse_images_that_nobody_gave_classes(tmp_path: Path) -> None:
    folder = put(tmp_path / "images", "a.png", "b.png", "c.png")
    (folder / "columns.csv").write_text("file,target\na.png,0.5\nb.png,1.25\nc.png,7\n")
    split = own(folder, test_fraction=0.01)
    assert split.num_classes == 0 and split.train.columns["target"].tolist() == [0.5, 1.25, 7]
    assert "column 'target' is not taken for classes: label 0.5 of image 0 is no whole number" in split.notes
    with pytest.raises(DataError, match=r"column 'target': label 0.5 of image 0 is no whole number"):
        own(folder, labels="target")


def test_a_table_that_names_one_part_is_of_that_part(tmp_path: Path) -> None:
    folder = put(tmp_path / "images", "train/a.png", "train/b.png", "test/c.png", "test/d.png")
    (folder / "train.csv").write_text("id,label\nb,dog\na,cat\n")
    split = own(folder)
    assert split.train.labels is not None and split.class_names == ("cat", "dog")
    assert split.train.labels.tolist() == [0, 1] and split.test.labels is None and len(split.test) == 2
    assert "the held-out images carry no labels" in split.notes


def test_a_table_in_the_folder_that_does_not_fit_is_said_and_left(tmp_path: Path) -> None:
    folder = put(tmp_path / "images", *NAMES)
    (folder / "results.csv").write_text("epoch,loss\n1,2\n2,1\n")
    assert any(
        "results.csv is not read" in note and "looked at epoch, loss" in note for note in read_images(folder).notes
    )
    with pytest.raises(DataError, match=r"no column 'loss'.*results\.csv is not read"):
        read_images(folder, labels="loss")
    (folder / "more.tsv").write_text("x\n")
    assert any("2 tables are not read" in note for note in read_images(folder).notes)


@pytest.mark.parametrize("table", ["columns.csv", "anything.csv"])
def test_a_file_that_proves_damaged_only_when_decoded_needs_no_row(tmp_path: Path, table: str) -> None:
    folder = put(tmp_path / "images", *NAMES)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    Image.fromarray(noise).save(folder / "cut.png")
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:2000])
    (folder / table).write_text("file,grey\nc.png,3\na.png,2\nb.png,1\n")
    with pytest.raises(UnreadableError, match=r"cut\.png cannot be read"):
        read_images(folder)
    images = read_images(folder, skip_unreadable=True)
    assert belongs(images) and len(images) == 3
    assert not any("is not read" in note for note in images.notes)
    assert len(images.left_out) == 1 and images.left_out[0].startswith("cut.png (")
    put(folder, "sound.png")
    with pytest.raises(DataError, match=r"no row for sound\.png \(1 of 4 files\)"):
        read_images(folder, columns=folder / table, skip_unreadable=True)


def test_an_own_column_file_stays_the_name_of_the_image(tmp_path: Path) -> None:
    images = read(put(tmp_path / "images", *NAMES), "file,picture\nold-3.tif,c\nold-2.tif,a\nold-1.tif,b\n")
    assert images.columns["file"].tolist() == ["a.png", "b.png", "c.png"]
    assert images.columns["file (of table.csv)"].tolist() == ["old-2.tif", "old-1.tif", "old-3.tif"]


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n\n"x\ny",1\nz,2\n')
    assert read_table(path).lines == [3, 5]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (",".join(f"c{k}" for k in range(150_000)) + "\n", "150,000 columns"),
        (",".join("c" for _ in range(150_000)) + "\n", "150,000 columns"),
        ("," * 150_000 + "\n", "150,001 columns"),
        ("a,b\n" + "," * 9_999 + "\n", "line 2 has 10000 cells"),
        (",".join(f"c{k}" for k in range(5_000)) + "\n" + ("," * 4_999 + "\n") * 900, "4,000,000 cells"),
    ],
)
def test_a_table_with_more_than_goes_with_images_is_refused_at_once(tmp_path: Path, table: str, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table)
    with pytest.raises(DataError, match=said):
        read_table(path)


@pytest.mark.parametrize("path", ["a/" * 60_000, "/" * 130_000 + "a", "x" * 130_000])
def test_what_is_longer_than_a_path_names_no_file(tmp_path: Path, path: str) -> None:
    images = read(put(tmp_path / "images", *NAMES), f"id,grey\nc,3\n{path},9\na,2\nb,1\n")
    assert belongs(images)
    assert any("1 row names no image" in note for note in images.notes)


def test_a_table_that_is_read_can_be_stopped(tmp_path: Path) -> None:
    path, stop = tmp_path / "t.csv", StopToken()
    path.write_text("file,grey\n" + "a,1\n" * 20_000)
    stop.request()
    with pytest.raises(Stopped):
        read_table(path, stop)
    config = DataConfig(name="images", path=str(put(tmp_path / "images", *NAMES)), columns=str(path))
    with pytest.raises(Stopped):
        load_data(config, stop=stop)
