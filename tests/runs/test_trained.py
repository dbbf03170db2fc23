"""Opening runs: without their data, from snapshots, damaged, and made to do harm."""

from __future__ import annotations

import json
import math
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import DataError, LatentExplorerError, NotApplicableError, RunError, Stopped
from latentexplorer.core.history import COLUMNS, History
from latentexplorer.core.number_lines import AT_ONCE
from latentexplorer.data import load_data
from latentexplorer.models import Batch
from latentexplorer.models.encoding import decode_images
from latentexplorer.runs import RunFolder, Trained, list_runs
from latentexplorer.runs.bookmarks import Bookmark
from latentexplorer.runs.tensor_file import MAX_BYTES, TensorFile, write_tensors
from latentexplorer.training import train
from tests.training.helpers import set_processor

SPOILERS = (b"NaN", b"1e999", b"-1", b"null", b"[[[[", b"{}", b'"', b"\xff\xfe", b"9" * 400)
FILES = ("model.safetensors", "config.json", "history.csv", "status.json", "metrics.json")


def test_a_run_opens_with_its_data_and_rows_belong_together(run: RunFolder) -> None:
    trained = Trained.load(run.path)
    assert trained.missing == "" and trained.data is not None
    assert (trained.name, trained.epoch, trained.image_shape) == (run.name, 2, (1, 8, 8))
    assert trained.class_names == trained.data.class_names
    for part, count in (("train", 60), ("test", 30)):
        assert len(trained.images(part)) == len(trained.codes[part]) == count
        assert np.array_equal(trained.shown(part).images, trained.images(part).images[trained.codes[part].index])
        assert np.array_equal(trained.labels(part), trained.shown(part).labels)
    assert not any(parameter.requires_grad for parameter in trained.model.parameters())
    assert not trained.model.training
    with pytest.raises(LatentExplorerError, match="validation"):
        trained.images("validation")


def test_an_auto_decoder_has_its_codebook_back(vad: RunFolder) -> None:
    trained = Trained.load(vad.path, with_data=False)
    batch_index = torch.tensor([7, 3])
    posterior = trained.model.posterior(Batch(torch.zeros(2, 1, 8, 8), index=batch_index))
    np.testing.assert_allclose(posterior.mean.numpy(), trained.codes["train"].loc[[7, 3]], rtol=1e-5, atol=1e-6)
    scale = trained.codes["train"].scale
    assert scale is not None and posterior.scale is not None
    np.testing.assert_allclose(posterior.scale.numpy(), scale[[7, 3]], rtol=1e-4)


def test_what_was_found_out_about_a_run_is_not_put_into_another(vad: RunFolder, tmp_path: Path) -> None:
    trained = Trained.load(vad.path, with_data=False)
    vad.write_config(vad.config.updated(["training.epochs=9", "data.root=/elsewhere"]))
    trained.folder().write_bookmarks([Bookmark(name="mine", z=[1.0, 2.0, 3.0])])
    assert [bookmark.name for bookmark in vad.bookmarks] == ["mine"]
    for change in ("model.latent_dim=5", "training.seed=7"):
        vad.path.rename(tmp_path / change)
        RunFolder.create(vad.path, vad.config.updated([change]))
        with pytest.raises(RunError, match="holds another run by now"):
            trained.folder()
        shutil.rmtree(vad.path)
        with pytest.raises(RunError, match="no run at"):
            trained.folder()
        (tmp_path / change).rename(vad.path)


def test_logarithmic_codes_come_back_as_they_were(small_run: Callable[..., Trained]) -> None:
    trained = small_run("vad", "model.prior=exponential", "model.log_codes=true", "model.code_init_scale=1")
    again = Trained.load(trained.path, device="cpu")
    codes = again.codes["train"]
    assert again.prior is not None and again.prior.support[0] < codes.loc.min() < 0
    np.testing.assert_allclose(codes.scale, 1, rtol=1e-5)
    kept = again.model.posterior(Batch(torch.zeros(len(codes), 1, 8, 8), index=torch.arange(len(codes))))
    np.testing.assert_allclose(kept.mean.detach().numpy(), codes.loc, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(decode_images(again.model, codes.loc), decode_images(trained.model, codes.loc))


def test_a_run_knows_the_number_format_it_was_trained_with_on_such_a_device(
    vad: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_processor(monkeypatch, amx_bf16=True)
    assert not Trained.load(vad.path, with_data=False).bf16, "exact numerics are float32"
    environment = vad.environment
    for device, known in (("cpu", True), ("cuda", False)):
        vad.write_environment(environment | {"numerics": {"mode": "fast", "device": device, "bf16": True}})
        assert Trained.load(vad.path, with_data=False).bf16 is known
    vad.write_environment(environment | {"numerics": {"mode": "fast", "device": "cpu", "bf16": True}})
    set_processor(monkeypatch, avx2=True, avx512_bf16=False)
    assert not Trained.load(vad.path, with_data=False).bf16, "this processor only imitates it"
    vad.write_environment({"numerics": [True]})
    assert not Trained.load(vad.path, with_data=False).bf16


def test_only_what_is_trained_with_bfloat16_is_decoded_with_it_and_only_where_it_is_asked_for(vad: RunFolder) -> None:
    trained = Trained.load(vad.path, with_data=False)
    z = trained.codes["train"].loc[:20]
    exact = trained.decode(z)
    trained.bf16 = False
    assert np.array_equal(trained.decode(z, rough=True), exact)
    trained.bf16 = True
    assert np.array_equal(trained.decode(z), exact)
    rough = trained.decode(z, rough=True)
    assert not np.array_equal(rough, exact) and rough.dtype == np.float32
    assert np.abs(rough - exact).max() < 0.03


def test_a_killed_run_opens_from_its_checkpoint(run: RunFolder) -> None:
    whole = Trained.load(run.path)
    (run.path / "model.safetensors").unlink()
    rest = Trained.load(run.path)
    y = whole.labels("train")
    np.testing.assert_array_equal(rest.decode(whole.codes["train"].loc, y), whole.decode(whole.codes["train"].loc, y))
    np.testing.assert_allclose(rest.codes["train"].loc, whole.codes["train"].loc, atol=1e-6)
    assert np.array_equal(rest.labels("train"), whole.labels("train"))
    without = Trained.load(run.path, with_data=False)
    if run.config.model.kind.encoder:
        with pytest.raises(NotApplicableError, match="not loaded"):
            without.codes_of("train")
    else:
        assert len(without.codes_of("train")) == 60


def put_images(folder: Path) -> None:
    """Grey images of three proportions, one in colour, one that is cut off."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(24):
        size = (12, 8) if number % 4 else (8, 8)
        Image.fromarray(random.integers(0, 256, size, np.uint8)).save(folder / f"{number}.png")
    Image.fromarray(random.integers(0, 256, (10, 30, 3), np.uint8)).save(folder / "odd.png")
    cut = (folder / "odd.png").read_bytes()[:-40]
    (folder / "cut.png").write_bytes(cut)


def own_run(run: Path, **data: object) -> RunFolder:
    config = RunConfig.parse(
        {
            "data": {"name": "images", **data},
            "model": {"family": "pca"},
            "training": {"epochs": 1, "snapshots": 0},
        }
    )
    folder = RunFolder.create(run, config)
    train(folder, load_data(config.data))
    return folder


def test_a_run_from_before_there_was_a_choice_of_fit_keeps_its_images(tmp_path: Path) -> None:
    put_images(tmp_path / "mine")
    (tmp_path / "mine" / "cut.png").unlink()
    # What was done then: squashed to the most common size, in colour as one of them is.
    run = own_run(tmp_path / "run", path=str(tmp_path / "mine"), fit="squash", size=(12, 8), color="rgb")
    values = json.loads((run.path / "config.json").read_text())
    for new in ("fit", "skip_unreadable"):
        del values["data"][new]
    values["data"] |= {"size": None, "color": "as-is"}
    (run.path / "config.json").write_text(json.dumps(values))
    opened = Trained.load(run.path)
    assert opened.data is not None and opened.config.data.fit == "squash"
    assert RunConfig.from_json(json.dumps(values)).data.fit == "squash", "repeated from its settings"
    assert RunConfig.parse({"data": {"name": "digits"}}).data.fit == "pad"
    for broken in ({}, {"data": 3}, {"data": {"image_shape": [1, 0, 10**9]}}, {"data": {"image_shape": "x"}}):
        run.write_environment(broken)
        assert Trained.load(run.path).config.data.fit == "squash"
    (run.path / "environment.json").write_text("{")
    assert RunFolder.open(run.path).config.data.fit == "squash"


def test_what_was_done_to_the_images_is_kept_with_the_run(tmp_path: Path) -> None:
    put_images(tmp_path / "mine")
    for number in range(5):
        (tmp_path / "mine" / f"no-{number}.png").write_text("no image")
    run = own_run(tmp_path / "run", path=str(tmp_path / "mine"), skip_unreadable=True)
    trained = Trained.load(run.path)
    without = Trained.load(run.path, with_data=False)
    assert trained.data_notes == without.data_notes == run.data_notes
    said = " ".join(run.data_notes)
    assert "resized to 12 x 8" in said and "of them padded" in said and "turned to grey: odd.png" in said
    log = (run.path / "log.txt").read_text()
    assert all(note in log for note in run.data_notes) and log.count("left out: ") == 1 + 6
    assert "left out: no-4.png (" in log, "all of them by name"


def test_missing_or_other_images_do_not_stop_a_run_from_opening(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), np.uint8)
    file = tmp_path / "mine.npz"
    np.savez(file, images=images)
    config = RunConfig.parse(
        {
            "data": {"name": "images", "path": str(file)},
            "model": {"family": "vae"},
            "training": {"epochs": 1, "snapshots": 0},
        }
    )
    run = RunFolder.create(tmp_path / "run", config)
    train(run, load_data(config.data))

    np.savez(file, images=images[::-1].copy())
    other = Trained.load(run.path)
    assert other.data is None and "not those" in other.missing
    file.unlink()
    gone = Trained.load(run.path)
    assert gone.data is None and "mine.npz" in gone.missing
    with pytest.raises(DataError, match=r"mine.npz"):
        gone.images("train")
    assert gone.columns("train") == {} and gone.labels("train") is None
    assert len(gone.codes["train"]) == 32
    assert gone.decode(gone.codes["train"].loc[:2]).shape == (2, 8, 8, 1)


def test_a_run_that_was_never_trained_says_so(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    with pytest.raises(RunError, match="no trained model yet"):
        Trained.load(run.path)


def test_weights_of_another_model_are_refused(run: RunFolder) -> None:
    file = TensorFile(run.path / "model.safetensors")
    tensors = file.read(file.shapes)
    name = next(name for name in tensors if name.startswith("weights/"))
    for spoiled, match in (
        ({key: value for key, value in tensors.items() if key != name}, "no tensor"),
        (tensors | {"weights/extra": torch.zeros(1)}, "unknown"),
        (tensors | {name: torch.zeros(2, 2, 2)}, "expected"),
        (tensors | {name: tensors[name].double()}, "expected"),
        (tensors | {name: torch.full_like(tensors[name], torch.nan)}, "not finite"),
        (tensors | {"codes/train/loc": torch.zeros(60, 4)}, "codes/train/loc"),
        (tensors | {"codes/train/index": torch.full((60,), 1000)}, "do not exist"),
        (tensors | {"codes/train/labels": torch.full((60,), -1)}, "classes that do not exist"),
    ):
        write_tensors(file.path, spoiled, file.info)
        with pytest.raises(RunError, match=match):
            Trained.load(run.path, with_data=False)


@pytest.mark.parametrize(
    "change",
    [
        {"num_train": 10**9},
        {"num_train": -1},
        {"num_train": "many"},
        {"image_shape": [1, 4096, 4096]},
        {"image_shape": [1, 10**9, 10**9]},
        {"image_shape": "square"},
        {"class_names": ["x" * 100_000]},
        {"class_names": [3]},
        {"epoch": float("1e300")},
        {"schema_version": 2},
    ],
)
def test_facts_out_of_range_take_no_memory(vad: RunFolder, change: dict[str, object]) -> None:
    for name in ("model.safetensors", "checkpoint/state.safetensors"):
        file = TensorFile(vad.path / name)
        tensors = file.read(file.shapes)
        write_tensors(file.path, tensors, {**file.info, **change})
    # More training images than codes is what a snapshot has, so it is no damage by itself in a model file.
    if change.get("num_train") == 10**9:
        assert len(Trained.load(vad.path, with_data=False).codes["train"]) == 60
        (vad.path / "model.safetensors").unlink()
    with pytest.raises(RunError):
        Trained.load(vad.path, with_data=False)


def test_a_header_that_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"

    def write(header: object, data: bytes = b"", length: int | None = None) -> None:
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)

    huge = {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}
    for header, data in (
        ({"a": huge}, b"1234"),
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}}, b"12345678"),
        ({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"1234"),
        ({"a": {"dtype": "PICKLE", "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
        ({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
        ({"a": 3}, b""),
        ([], b""),
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
    ):
        write(header, data)
        with pytest.raises(RunError):
            TensorFile(path)
    write({}, length=2**63)
    with pytest.raises(RunError, match="no proper header"):
        TensorFile(path)
    path.write_bytes(b"")
    os.truncate(path, MAX_BYTES + 1)  # sparse: takes no disk
    with pytest.raises(RunError, match="larger than"):
        TensorFile(path)


@pytest.mark.parametrize("name", [*FILES, "checkpoint/state.safetensors", "snapshots/epoch-000001.safetensors"])
def test_links_out_of_the_folder_are_not_followed(vad: RunFolder, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "elsewhere"
    shutil.move(vad.path / name, secret)
    (vad.path / name).symlink_to(secret)
    if name.startswith("checkpoint"):
        (vad.path / "model.safetensors").unlink()
    with pytest.raises(RunError, match="outside"):
        folder = RunFolder.open(vad.path)
        _ = folder.status, folder.metrics
        Trained.load(vad.path, epoch=1 if name.startswith("snapshots") else None, with_data=False)


def test_a_log_that_is_a_link_is_not_written_through(vad: RunFolder, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("")
    (vad.path / "log.txt").unlink()
    (vad.path / "log.txt").symlink_to(target)
    with pytest.raises(RunError, match="link"):
        vad.log("secret")
    assert target.read_text() == ""


def test_mutated_files_open_or_are_refused_in_one_line(run: RunFolder, tmp_path: Path) -> None:
    # Without it: a damaged model would be opened from its checkpoint.
    shutil.rmtree(run.path / "checkpoint")
    random = np.random.default_rng(20)
    refused = 0
    for number in range(240):
        name = FILES[number % len(FILES)]
        original = (run.path / name).read_bytes()
        (run.path / name).write_bytes(_mutated(original, random))
        refused += _refused(run.path)
        (run.path / name).write_bytes(original)
    assert refused > 50
    assert not _refused(run.path)


def test_mutated_checkpoints_resume_or_are_refused_in_one_line(run: RunFolder, tmp_path: Path) -> None:
    random = np.random.default_rng(21)
    config = run.config.updated(["training.epochs=3", "training.held_out=0"])
    data = load_data(config.data)
    refused = 0
    for number in range(24):
        path = tmp_path / "copy"
        shutil.copytree(run.path, path)
        checkpoint = path / "checkpoint" / "state.safetensors"
        # The header is a small part of the file and the part that everything else hangs on.
        checkpoint.write_bytes(_mutated(checkpoint.read_bytes(), random, first=8000 if number % 2 else None))
        copy = RunFolder.open(path)
        copy.write_config(config)
        try:
            train(copy, data, resume=True)
        except LatentExplorerError as error:
            assert "\n" not in str(error)
            refused += 1
        shutil.rmtree(path)
    assert refused > 5


def _refused(path: Path) -> bool:
    try:
        folder = RunFolder.open(path)
        _ = folder.status, folder.message
        trained = Trained.load(path, with_data=False)
        trained.decode(trained.codes_of("train").loc[:1], [0])
    except LatentExplorerError as error:
        assert "\n" not in str(error) and len(str(error)) < 2000
        return True
    return False


def _mutated(content: bytes, random: np.random.Generator, first: int | None = None) -> bytes:
    """The content with some bytes changed, cut, repeated or replaced by what often breaks readers."""
    for _ in range(int(random.integers(1, 8))):
        size = min(len(content), first or len(content))
        start = int(random.integers(0, size + 1))
        end = min(len(content), start + int(random.integers(1, 12)))
        before, piece, after = content[:start], content[start:end], content[end:]
        kinds = (
            random.bytes(len(piece)),
            b"",
            piece * int(random.integers(2, 50)),
            SPOILERS[int(random.integers(len(SPOILERS)))],
            bytes(byte ^ 1 << int(random.integers(8)) for byte in piece),
            bytes(48 + int(random.integers(10)) if 48 <= byte <= 57 else byte for byte in piece),
        )
        content = before + kinds[int(random.integers(len(kinds)))] + (after if random.random() < 0.95 else b"")
    return content


class StopsAfter(StopToken):
    """Stops whoever looks the so many-th time; counts how often somebody did."""

    def __init__(self, most: float) -> None:
        super().__init__()
        self.most, self.looks = most, 0

    def check(self) -> None:
        self.looks += 1
        if self.looks > self.most:
            raise Stopped


@pytest.mark.parametrize(
    "read",
    [
        lambda run, stop: run.read_history(stop),
        lambda run, stop: run.read_dimensions(stop),
        lambda run, stop: list_runs(run.path.parent, stop),
        lambda run, stop: Trained.load(run.path, with_data=False, stop=stop),
    ],
    ids=["history", "dimensions", "list", "run"],
)
def test_long_tables_are_left_when_somebody_stops(
    vad: RunFolder, read: Callable[[RunFolder, StopToken], object]
) -> None:
    """A table of megabytes takes seconds: a window that closes does not wait for them."""
    epochs = range(1, 1001)
    vad.write_history(History(dict.fromkeys(COLUMNS, 0.125) | {"epoch": float(epoch)} for epoch in epochs))
    head = ["epoch", *(f"variance_{dim}" for dim in range(20))]
    table = "\n".join([",".join(head), *(f"{epoch}" + ",0.125" * 20 for epoch in epochs), ""])
    (vad.path / "dimensions.csv").write_text(table)
    assert len(table) > 6 * AT_ONCE
    looked = StopsAfter(math.inf)
    read(vad, looked)
    # Once before it, and again and again on the way.
    assert looked.looks >= 6
    with pytest.raises(Stopped):
        read(vad, StopsAfter(looked.looks // 2))
