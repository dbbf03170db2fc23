"""What is said of a person's images before they are trained on is what loading them then does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError, Stopped
from latentexplorer.data import load_data
from latentexplorer.data.check import check
from latentexplorer.data.suggest import side_for
from latentexplorer.data.survey import Survey

POSIX = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes among files here")
GREY = np.arange(48, dtype=np.uint8).reshape(8, 6) * 5
COLOUR = np.stack([GREY, 255 - GREY, GREY // 2], axis=-1)


def put(path: Path, pixels: np.ndarray = GREY, **how: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **how)
    return path


def own(path: Path, **settings: object) -> DataConfig:
    return DataConfig.model_validate({"name": "images", "path": str(path), **settings})


def ignored(survey: Survey) -> None:
    """Somebody who does not listen."""


# -- odd sets: each makes one in a folder, and returns its path -------------------------------------------------------


def flat(folder: Path) -> Path:
    for number in range(5):
        put(folder / f"{number}.png")
    return folder


def classes(folder: Path) -> Path:
    for name in ("b", "a 10", "a 2"):
        for number in range(3):
            put(folder / name / f"{number}.png")
    (folder / "notes.txt").write_text("x")
    return folder


def parts(folder: Path) -> Path:
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            put(folder / part / name / "0.png")
            put(folder / part / name / "1.png")
    return folder


def sizes(folder: Path) -> Path:
    for number in range(6):
        put(folder / f"{number}.png", np.tile(GREY, (1 + number % 2, 1)))
    return folder


def colours(folder: Path) -> Path:
    for number in range(6):
        put(folder / f"{number}.png", COLOUR if number == 3 else GREY)
    return folder


def depths(folder: Path) -> Path:
    put(folder / "deep.png", GREY.astype(np.uint16) * 257)
    put(folder / "deep.tif", GREY.astype(np.uint16) * 257)
    put(folder / "flat.png")
    return folder


def broken_at_start(folder: Path) -> Path:
    flat(folder)
    (folder / "broken.png").write_bytes(b"no image")
    return folder


def broken_inside(folder: Path) -> Path:
    flat(folder)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    whole = put(folder / "cut.png", noise).read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    return folder


def nothing_sound(folder: Path) -> Path:
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(b"")
    return folder


def no_images(folder: Path) -> Path:
    (folder / "notes.txt").write_text("x")
    return folder


def one_file(folder: Path) -> Path:
    return put(folder / "one.png", COLOUR)


def with_columns(folder: Path) -> Path:
    flat(folder)
    rows = "\n".join(f"{number}.png,{'left' if number % 2 else 'right'},{number / 7}" for number in range(5))
    (folder / "columns.csv").write_text(f"file,side,angle\n{rows}\n")
    return folder


def array(folder: Path) -> Path:
    labels = np.array([0, 1, 1, 0, 1, 1])
    np.savez(folder / "set.npz", images=np.stack([GREY] * 6), labels=labels, class_names=np.array(["no", "yes"]))
    return folder / "set.npz"


def damaged_array(folder: Path) -> Path:
    (folder / "set.npz").write_bytes(b"PK\x03\x04 and no more")
    return folder / "set.npz"


def strange_file(folder: Path) -> Path:
    (folder / "table.xlsx").write_bytes(b"something else")
    return folder / "table.xlsx"


def thin(folder: Path) -> Path:
    flat(folder)
    put(folder / "line.png", np.zeros((1, 300), np.uint8))
    return folder


def pipe(folder: Path) -> Path:
    flat(folder)
    os.mkfifo(folder / "pipe.png")
    return folder


def one_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.png")
    return folder / "pipe.png"


def deep_array(folder: Path) -> Path:
    np.save(folder / "set.npy", np.stack([GREY.astype(np.uint16) * 16] * 6))
    return folder / "set.npy"


def floats(folder: Path) -> Path:
    put(folder / "bright.tif", GREY.astype(np.float32))
    return put(folder / "dark.tif", np.full((8, 6), 1.5, np.float32)).parent


def one_below_zero(folder: Path) -> Path:
    put(folder / "below.tif", np.full((8, 6), -0.5, np.float32))
    return put(folder / "sound.tif", np.full((8, 6), 0.5, np.float32)).parent


SETS = (
    flat,
    classes,
    parts,
    sizes,
    colours,
    depths,
    broken_at_start,
    broken_inside,
    nothing_sound,
    no_images,
    one_file,
    with_columns,
    array,
    damaged_array,
    strange_file,
    thin,
    pytest.param(pipe, marks=POSIX),
    pytest.param(one_pipe, marks=POSIX),
    deep_array,
    floats,
    one_below_zero,
)
SETTINGS: tuple[dict[str, object], ...] = ({}, {"size": 4, "color": "rgb", "skip_unreadable": True})


@pytest.mark.parametrize("settings", SETTINGS, ids=["as they are", "chosen"])
@pytest.mark.parametrize("make", SETS, ids=lambda make: make.__name__)
def test_what_is_said_is_what_loading_does(
    tmp_path: Path, make: Callable[[Path], Path], settings: dict[str, object]
) -> None:
    config = own(make(tmp_path), **settings)
    told: list[Survey] = []
    checked = check(config, told.append)
    survey = checked.survey
    assert told[-1] is survey and survey.done
    try:
        data = load_data(config)
    except DataError as error:
        assert (survey.problem, survey.todo) == (error.what, error.todo)
        assert checked.data is None and survey.shape is None
    else:
        assert not survey.problem and checked.data is not None
        assert (survey.train, survey.held_out, survey.shape) == (len(data.train), len(data.test), data.image_shape)
        assert survey.notes == data.notes
        assert [found.name for found in survey.classes if found.name] == list(data.class_names)
        assert sum(found.count for found in survey.classes) == survey.train + survey.held_out
        assert survey.images == survey.train + survey.held_out + len(survey.unreadable)
        assert checked.data.fingerprint == data.fingerprint
        for found in survey.classes:
            assert found.thumbnails and all(max(image.shape[:2]) <= 96 for image in found.thumbnails)
    # Every file that the error or a note names as unreadable is in the list, with its reason.
    said = " ".join([survey.problem, *survey.notes])
    for name in ("broken.png", "cut.png"):
        assert (name in said) == any(file == name and reason for file, reason in survey.unreadable)
    json.dumps(survey.to_json(), allow_nan=False)


def test_every_size_and_kind_is_counted(tmp_path: Path) -> None:
    depths(sizes(tmp_path))
    survey = check(own(tmp_path), ignored).survey
    assert {(8, 6, 6), (16, 6, 3)} == set(survey.sizes)
    assert dict(survey.kinds) == {"grey": 7, "16-bit grey": 2}
    survey = check(own(deep_array(tmp_path), size=4), ignored).survey
    # As they lie there, not as they are read.
    assert (survey.sizes, survey.kinds) == (((8, 6, 6),), (("16-bit grey", 6),))


def test_every_frame_counts_where_each_is_an_image(tmp_path: Path) -> None:
    for name, count in (("x/a.tif", 3), ("y/b.tif", 2)):
        put(tmp_path / name, save_all=True, append_images=[Image.fromarray(GREY)] * (count - 1))
    first, every = (check(own(tmp_path, frames=frames), ignored).survey for frames in ("first", "all"))
    assert (first.images, first.sizes, [found.count for found in first.classes]) == (2, ((8, 6, 2),), [1, 1])
    assert (every.images, every.sizes, [found.count for found in every.classes]) == (5, ((8, 6, 5),), [3, 2])


def test_columns_say_which_of_them_could_be_classes(tmp_path: Path) -> None:
    survey = check(own(with_columns(tmp_path)), ignored).survey
    assert [(column.name, column.can_be_classes) for column in survey.columns] == [("side", True), ("angle", False)]


def test_a_column_that_says_nothing_of_some_images_can_be_classes(tmp_path: Path) -> None:
    flat(tmp_path)
    (tmp_path / "columns.csv").write_text("file,kind,size\n0.png,1,0.5\n1.png,,\n2.png,2,1\n3.png,2,1\n4.png,1,1\n")
    survey = check(own(tmp_path), ignored).survey
    assert [(column.name, column.can_be_classes) for column in survey.columns] == [("kind", True), ("size", False)]
    chosen = check(own(tmp_path, labels="kind"), ignored).survey
    assert [(found.name, found.count) for found in chosen.classes] == [("1", 2), ("2", 2), ("(no name)", 1)]


def test_facts_are_told_while_it_reads_and_it_stops_on_request(tmp_path: Path) -> None:
    classes(tmp_path)
    stop = StopToken()
    stages: list[str] = []

    def listen(survey: Survey) -> None:
        stages.append(survey.stage)
        if survey.classes:
            # Nothing has been opened yet, and how many there are of which class is known.
            assert [(found.name, found.count) for found in survey.classes] == [("a 2", 3), ("a 10", 3), ("b", 3)]
            assert not survey.sizes and not survey.train
            stop.request()

    with pytest.raises(Stopped):
        check(own(tmp_path), listen, stop)
    assert stages and "done" not in stages


def test_what_suits_the_images_is_suggested_and_what_was_chosen_stays(tmp_path: Path) -> None:
    for number in range(4):
        put(tmp_path / f"{number}.jpg", np.zeros((300 + number, 200, 3), np.uint8))
    (tmp_path / "broken.jpg").write_bytes(b"x")
    survey = check(own(tmp_path, skip_unreadable=True), ignored, suggest=True).survey
    assert survey.shape == (3, 64, 64) and survey.settings.size == 64
    # What was seen before they were read with these settings is not forgotten.
    assert survey.sizes and len(survey.classes[0].thumbnails) == 4
    assert check(own(tmp_path, size=16, skip_unreadable=True), ignored, suggest=True).survey.shape == (3, 16, 16)
    assert set(check(own(tmp_path), ignored).survey.suggested) == {"data.size=64", "data.skip_unreadable=true"}


@pytest.mark.parametrize(
    ("found", "side"),
    [
        ({(28, 28): 9}, None),
        ({(64, 48): 9}, None),
        ({(512, 512): 9}, 64),
        ({(28, 28): 9, (30, 28): 1}, 28),
        ({(20, 20): 5, (18, 18): 5}, 28),
        ({(40, 50): 5, (45, 45): 5}, 32),
        ({}, None),
    ],
)
def test_the_size_that_is_suggested(found: dict[tuple[int, int], int], side: int | None) -> None:
    assert side_for(found) == side


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        check(own(tmp_path / "lost"), ignored)


def test_images_of_both_parts_of_an_idx_folder_are_counted_and_classes_to_train_on_come_first(tmp_path: Path) -> None:
    for part, labels in (("t10k", (7, 3)), ("train", (1, 7, 9))):
        pixels = bytes(4 * len(labels))
        header = bytes([0, 0, 8, 3, 0, 0, 0, len(labels), 0, 0, 0, 2, 0, 0, 0, 2])
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(header + pixels)
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, len(labels), *labels]))
    survey = check(own(tmp_path), ignored).survey
    assert (survey.images, survey.train, survey.held_out, survey.sizes) == (5, 3, 2, ((2, 2, 5),))
    assert [found.name for found in survey.classes] == ["1", "7", "9", "3"]


@pytest.mark.parametrize(
    ("suffix", "kind", "bright", "dark", "seen"),
    [("png", np.uint16, 65535, 3000, 12), ("tif", np.float32, 255.0, 1.0, 1), ("png", np.uint8, 255, 1, 1)],
)
def test_thumbnails_are_as_bright_as_the_set_makes_them(
    tmp_path: Path, suffix: str, kind: type, bright: float, dark: float, seen: int
) -> None:
    for name, high in (("bright", bright), ("dark", dark)):
        for number in range(3):
            put(tmp_path / name / f"{number}.{suffix}", (np.arange(36).reshape(6, 6) % 2 * high).astype(kind))
    shown = {found.name: found.thumbnails for found in check(own(tmp_path), ignored).survey.classes}
    assert {len(pictures) for pictures in shown.values()} == {3}
    assert {int(each.max()) for each in shown["bright"]} == {255}
    assert {int(each.max()) for each in shown["dark"]} == {seen}
