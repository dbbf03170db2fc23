"""Codes and coordinates say whose they are, and classes of other images are those of a run by their names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.cli import main

from .conftest import Latentexplorer

CLASSES = ("1", "7", "cat")


def put(folder: Path, files: dict[str, int]) -> Path:
    """Images with one bright row each, by which they can be told apart."""
    for name, row in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.zeros((8, 8), np.uint8)
        pixels[row] = 255
        Image.fromarray(pixels).save(path)
    return folder


def read(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as saved:
        return dict(saved)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {f"train/{name}/{n}.png": n for name in CLASSES for n in range(8)}
    files |= {f"val/{name}/{n}.png": n for name in CLASSES for n in range(2)}
    return put(tmp_path_factory.mktemp("own") / "set", files)


@pytest.fixture(scope="module")
def runs(images: Path, home: Path) -> Iterator[dict[str, Path]]:
    """PCA and a conditional VAE of a part of them."""
    made = {}
    for family in ("pca", "cvae"):
        made[family] = home / f"names-{family}"
        changes = f"""
            data.name=images data.path={images} data.train_per_class=5 model.family={family} model.latent_dim=2
            training.epochs=1 training.batch_size=10
        """
        assert (
            main(["train", "--preset", "digits-vae", "--quiet", "--out", str(made[family]), "--set", *changes.split()])
            == 0
        )
    yield made


def test_a_folder_with_parts_means_the_same_in_encode_as_in_train(
    latentexplorer: Latentexplorer, runs: dict[str, Path], images: Path, tmp_path: Path
) -> None:
    for family in runs:
        code, _, err = latentexplorer("encode", runs[family], images, "--out", tmp_path / "codes.npz")
        assert code == 0 and "train 24, test 6" in err
        codes = read(tmp_path / "codes.npz")
        assert codes["class_names"].tolist() == list(CLASSES)
        names = [file.split("/") for file in codes["file"].tolist()]
        assert codes["part"].tolist() == [{"train": "train", "val": "test"}[top] for top, _, _ in names]
        assert [CLASSES[label] for label in codes["labels"]] == [name for _, name, _ in names]
        assert codes["index"].tolist() == list(range(30))


def test_classes_of_other_images_go_by_name_and_unknown_ones_keep_theirs(
    latentexplorer: Latentexplorer, runs: dict[str, Path], tmp_path: Path
) -> None:
    # By number, 0 would be "1" and 1 would be "7".
    other = put(tmp_path / "other", {"0/a.png": 1, "1/b.png": 2, "CAT/c.png": 3, "7/d.png": 4})
    code, _, err = latentexplorer("encode", runs["pca"], other, "--out", tmp_path / "codes.npz")
    assert code == 0 and "kept under their own names: 0" in err and "'CAT' is taken for 'cat'" in err
    codes = read(tmp_path / "codes.npz")
    assert codes["class_names"].tolist() == [*CLASSES, "0"]
    assert [codes["class_names"][label] for label in codes["labels"]] == ["0", "1", "7", "cat"]
    code, _, err = latentexplorer("encode", runs["cvae"], other, "--out", tmp_path / "codes.npz")
    assert code == 2 and "no class '0'" in err and "1, 7, cat" in err
    (other / "0" / "a.png").rename(other / "1" / "a.png")
    code, _, err = latentexplorer("encode", runs["cvae"], other, "--out", tmp_path / "codes.npz")
    assert code == 0


def test_a_part_without_labels_is_encoded_without_and_refused_where_they_are_needed(
    latentexplorer: Latentexplorer, runs: dict[str, Path], tmp_path: Path
) -> None:
    loose = put(tmp_path / "loose", {"7/a.png": 1, "b.png": 2})
    code, _, err = latentexplorer("encode", runs["pca"], loose, "--out", tmp_path / "codes.npz")
    assert code == 2 and "or --labels none" in err and "data.labels" not in err, "it is told in its own options"
    assert latentexplorer("encode", runs["pca"], loose, "--out", tmp_path / "codes.npz", "--labels", "none")[0] == 0
    other = put(tmp_path / "other", {"train/7/a.png": 1, "test/b.png": 2})
    assert latentexplorer("encode", runs["pca"], other, "--out", tmp_path / "codes.npz", "--quiet")[0] == 0
    assert read(tmp_path / "codes.npz")["labels"].tolist() == [1, -1]
    code, _, err = latentexplorer("encode", runs["cvae"], other, "--out", tmp_path / "codes.npz")
    assert code == 2 and "the held-out images carry no labels" in err
    changes = ("data.name=images", f"data.path={other}", "model.family=cvae", "training.epochs=1")
    code, _, err = latentexplorer("train", "--preset", "digits-vae", "--out", tmp_path / "run", "--set", *changes)
    assert code == 2 and "the held-out images of other carry no labels" in err


def test_codes_of_named_classes_are_decoded_as_those(
    latentexplorer: Latentexplorer, runs: dict[str, Path], tmp_path: Path
) -> None:
    z = np.zeros((2, 2), np.float32)

    def decoded(**given: object) -> tuple[int, np.ndarray | None, str]:
        label = given.pop("label", None)
        np.savez(tmp_path / "codes.npz", mean=z, **given)
        asked = [] if label is None else ["--label", label]
        code, _, err = latentexplorer(
            "decode", runs["cvae"], tmp_path / "codes.npz", "--out", tmp_path / "x.npz", *asked
        )
        return code, read(tmp_path / "x.npz")["images"] if code == 0 else None, err

    by_number = decoded(labels=np.array([2, 1]))[1]
    by_name = decoded(labels=np.array([0, 1]), class_names=np.array(["cat", "7"]))[1]
    assert by_number is not None and by_name is not None and np.array_equal(by_number, by_name)
    assert np.array_equal(decoded(label="7")[1][0], by_number[1])
    code, _, err = decoded(labels=np.array([0, 1]), class_names=np.array(["cat", "dog"]))
    assert code == 2 and "'dog'" in err and "1, 7, cat" in err
    code, _, err = decoded(labels=np.array([0, -1]), class_names=np.array(["cat", "7"]))
    assert code == 2 and "1 of 2 codes has no class" in err, "as encode writes it of an image without one"
    code, _, err = decoded(label="0")
    assert code == 2 and "no class '0'" in err
    code, _, err = latentexplorer(
        "decode", runs["pca"], tmp_path / "codes.npz", "--out", tmp_path / "y.npz", "--label", "7"
    )
    assert code == 2 and "decodes without a class. Leave --label out" in err and not (tmp_path / "y.npz").exists()


def test_images_that_were_located_elsewhere_have_the_classes_that_they_had(
    latentexplorer: Latentexplorer, home: Path, tmp_path: Path
) -> None:
    """Their classes stand in a column of a table, and not in their folders, wherever both have gone."""
    here, there = tmp_path / "here", tmp_path / "there"
    put(here / "set", {f"{'xy'[n % 2]}/{n}.png": n for n in range(8)})
    (here / "table.csv").write_text("file,kind\n" + "".join(f"{n}.png,{'ab'[n // 4]}\n" for n in range(8)))
    run = home / "located"
    places = [f"data.path={here / 'set'}", f"data.columns={here / 'table.csv'}"]
    small = ["model.family=cvae", "model.hidden=[8]", "model.latent_dim=2", "training.epochs=1", "data.labels=kind"]
    changes = ["data.name=images", *places, *small]
    assert latentexplorer("train", "--preset", "digits-vae", "--quiet", "--out", run, "--set", *changes)[0] == 0
    here.rename(there)
    places = [place.replace(str(here), str(there)) for place in places]
    assert latentexplorer("project", run, "--method", "pca", "--out", tmp_path / "x.csv", "--set", *places)[0] == 0
    code, _, err = latentexplorer("encode", run, there / "set", "--out", tmp_path / "codes.npz")
    assert code == 0, err
    codes = read(tmp_path / "codes.npz")
    assert codes["class_names"].tolist() == ["a", "b"]
    of_file = {Path(file).stem: label for file, label in zip(codes["file"].tolist(), codes["labels"], strict=True)}
    assert [of_file[str(n)] for n in range(8)] == [0] * 4 + [1] * 4


def test_coordinates_can_be_joined_with_the_images_that_they_are_of(
    latentexplorer: Latentexplorer, runs: dict[str, Path], images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "coords.csv"
    assert latentexplorer("encode", runs["pca"], images, "--out", tmp_path / "codes.npz", "--quiet")[0] == 0
    codes = read(tmp_path / "codes.npz")
    for part, count in (("train", 15), ("test", 6)):
        chosen = ("--method", "pca", "--set", f"part={part}")
        assert latentexplorer("project", runs["pca"], "--out", out, "--quiet", *chosen)[0] == 0
        with out.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == count
        assert list(rows[0]) == ["index", "x", "y", "label", "file", "class", "part", "position"]
        for at, row in enumerate(rows):
            assert codes["file"][int(row["index"])] == row["file"]
            assert row["class"] == row["file"].split("/")[1] == CLASSES[int(row["label"])]
            assert row["part"] == part and int(row["position"]) == at
    # They are a table of those images, too.
    folder = images.parent / "copy"
    (folder / "val").mkdir(parents=True)
    for row in rows:
        target = folder / row["file"]
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((images / row["file"]).read_bytes())
    code, _, err = latentexplorer(
        "encode", runs["pca"], folder, "--out", tmp_path / "again.npz", "--columns", out, "--labels", "class"
    )
    assert code == 0 and "column 'file'" in err
    again = read(tmp_path / "again.npz")
    assert [again["class_names"][label] for label in again["labels"]] == [row["class"] for row in rows]


def test_without_its_images_a_run_says_what_its_rows_count(
    latentexplorer: Latentexplorer, runs: dict[str, Path], images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "coords.csv"
    images.rename(images.with_suffix(".away"))
    try:
        code, _, err = latentexplorer("project", runs["pca"], "--out", out, "--method", "pca")
    finally:
        images.with_suffix(".away").rename(images)
    assert code == 0 and "`position` counts within the run's part" in err
    with out.open(newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    assert (row["index"], row["file"], row["position"], row["class"]) == ("", "", "0", "1")
