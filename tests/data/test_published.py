"""Published sets: from disk in every layout, as a subset, or downloaded; and what is said when they are not there."""

import gzip
import hashlib
import pickle
import shutil
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError, Stopped
from latentexplorer.core.events import Event, Progress
from latentexplorer.data import download, load_data, torchvision_sets
from latentexplorer.data.download import DownloadError, fetch
from latentexplorer.data.published import FASHION_MNIST, SETS, RemoteFile


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address and folder of a web server."""
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder)) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/", folder
        http.shutdown()
        thread.join()


def idx_file(path: Path, array: np.ndarray) -> bytes:
    lengths = b"".join(n.to_bytes(4, "big") for n in array.shape)
    content = bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path.read_bytes()


def small_fashion(folder: Path, end: str = ".gz") -> dict[str, bytes]:
    random = np.random.default_rng(0)
    files = {}
    for part, count in (("train", 50), ("t10k", 20)):
        for what, shape in (("images-idx3", (count, 28, 28)), ("labels-idx1", (count,))):
            name = f"{part}-{what}-ubyte{end}"
            array = random.integers(0, 256, shape, np.uint8) if "images" in what else np.arange(count, dtype="u1") % 10
            files[name] = idx_file(folder / name, array)
    return files


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("place", ["FashionMNIST/raw", "FashionMNIST", "fashion-mnist"])
def test_idx_sets_in_every_layout(tmp_path: Path, end: str, place: str) -> None:
    small_fashion(tmp_path / place, end)
    split = load_data(DataConfig(name="fashion-mnist", root=str(tmp_path)))
    assert (len(split.train), len(split.test)) == (50, 20)
    assert split.class_names[9] == "Ankle boot"
    assert "50 of its 60,000 training images" in split.notes


def test_a_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "FashionMNIST" / "raw"
    small_fashion(folder)
    (folder / "train-labels-idx1-ubyte.gz").rename(folder / "away")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz has no labels"):
        load_data(DataConfig(name="fashion-mnist", root=str(tmp_path)))
    (folder / "away").rename(folder / "train-labels-idx1-ubyte.gz")
    idx_file(folder / "train-images-idx3-ubyte.gz", np.zeros((50, 20, 20), np.uint8))
    with pytest.raises(DataError, match=r"\(50, 20, 20, 1\).*not Fashion-MNIST"):
        load_data(DataConfig(name="fashion-mnist", root=str(tmp_path)))


def test_npz_subset_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8), np.arange(40) % 10
    (tmp_path / "svhn").mkdir()
    np.savez_compressed(tmp_path / "svhn" / "svhn_test_first40.npz", images=images, labels=labels)
    monkeypatch.setenv("LATENTEXPLORER_DATA", str(tmp_path))
    split = load_data(DataConfig(name="svhn", test_fraction=0.25))
    assert np.array_equal(split.train.images, images[:30]) and np.array_equal(split.test.images, images[30:])
    assert any("the last 10 of 40" in note for note in split.notes)
    assert any("training images of SVHN are not there" in note for note in split.notes)


def test_pickles_that_are_not_the_official_ones_are_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    harm = tmp_path / "harm"
    harmful = f"cposix\nsystem\n(S'touch {harm}'\ntR.".encode()
    for name in [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch", "batches.meta"]:
        (folder / name).write_bytes(harmful)
    with pytest.raises(DataError, match="not the official files"):
        load_data(DataConfig(name="cifar10", root=str(tmp_path)))
    shutil.rmtree(folder)
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="checksum"):
        load_data(DataConfig(name="cifar10", root=str(tmp_path)))
    (tmp_path / "train_32x32.mat").write_bytes(b"no matrix")
    with pytest.raises(DataError, match="not the official files"):
        load_data(DataConfig(name="svhn", root=str(tmp_path)))
    assert not harm.exists()


def served_fashion(server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish a small Fashion-MNIST on the test's own server."""
    address, folder = server
    files = tuple(
        RemoteFile(
            name, hashlib.md5(content, usedforsecurity=False).hexdigest(), (address + "no/" + name, address + name)
        )
        for name, content in small_fashion(folder).items()
    )
    # Else the sets that the tests themselves may be given are there already.
    monkeypatch.delenv("LATENTEXPLORER_DATA", raising=False)
    monkeypatch.setitem(SETS, "fashion-mnist", replace(FASHION_MNIST, files=files))


def test_download_puts_files_where_torchvision_looks(
    tmp_path: Path, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    served_fashion(server, monkeypatch)
    seen = []
    root = tmp_path / "root"
    split = load_data(DataConfig(name="fashion-mnist", root=str(root)), emit=seen.append)
    assert (len(split.train), len(split.test)) == (50, 20)
    assert len(list((root / "FashionMNIST" / "raw").iterdir())) == 4
    told = [event for event in seen if isinstance(event, Progress) and "downloading train-images" in event.what]
    assert told and told[-1].done == told[-1].total > 0
    shutil.rmtree(server[1])
    assert load_data(DataConfig(name="fashion-mnist", root=str(root))).fingerprint == split.fingerprint


def test_download_goes_to_the_cache_where_the_folder_cannot_be_written(
    tmp_path: Path, own_home: Path, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    served_fashion(server, monkeypatch)
    blocked = tmp_path / "file"
    blocked.write_text("")
    for root in (None, str(blocked / "root")):
        assert len(load_data(DataConfig(name="fashion-mnist", root=root)).train) == 50
    assert (own_home / "cache" / "datasets" / "FashionMNIST" / "raw").is_dir()


def test_offline_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tuple(replace(file, urls=("http://127.0.0.1:9/" + file.name,)) for file in FASHION_MNIST.files)
    monkeypatch.setitem(SETS, "fashion-mnist", replace(FASHION_MNIST, files=nowhere))
    with pytest.raises(DataError) as caught:
        load_data(DataConfig(name="fashion-mnist", root=str(tmp_path)))
    text = str(caught.value)
    assert "could not be downloaded" in text and "train-images-idx3-ubyte.gz" in text and "digits" in text
    assert "\n" not in text


def test_a_file_that_is_not_the_published_one_is_thrown_away(tmp_path: Path, server: tuple[str, Path]) -> None:
    address, folder = server
    (folder / "a.bin").write_bytes(b"x" * 1000)
    target = tmp_path / "got" / "a.bin"
    with pytest.raises(DownloadError, match="something else"):
        fetch([address + "a.bin"], target, "0" * 32, lambda event: None, StopToken())
    assert list(target.parent.iterdir()) == []
    with pytest.raises(DownloadError, match="404"):
        fetch([address + "none.bin"], target, "0" * 32, lambda event: None, StopToken())


@pytest.mark.parametrize("said", [True, False])
def test_a_download_does_not_fill_the_disk(
    tmp_path: Path, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, said: bool
) -> None:
    address, folder = server
    (folder / "a.bin").write_bytes(bytes(1024**2))
    monkeypatch.setattr(download, "LARGEST_BYTES", 500_000)
    if not said:
        monkeypatch.setattr(SimpleHTTPRequestHandler, "send_header", lambda self, name, value: None)
    target, seen = tmp_path / "got" / "a.bin", list[Event]()
    with pytest.raises(DownloadError, match="sends more"):
        fetch([address + "a.bin"], target, "0" * 32, seen.append, StopToken())
    assert len(seen) < 3 and list(target.parent.iterdir()) == []


def test_a_download_is_cancelled_and_leaves_nothing(tmp_path: Path, server: tuple[str, Path]) -> None:
    address, folder = server
    (folder / "a.bin").write_bytes(bytes(20 * 1024**2))
    stop, target = StopToken(), tmp_path / "got" / "a.bin"

    def stop_soon(event: object) -> None:
        stop.request()

    with pytest.raises(Stopped):
        fetch([address + "a.bin"], target, "0" * 32, stop_soon, stop)
    assert list(target.parent.iterdir()) == []


def test_urls_and_checksums_are_torchvisions_own() -> None:
    from torchvision import datasets

    for name, cls in (("fashion-mnist", "FashionMNIST"), ("mnist", "MNIST"), ("kmnist", "KMNIST")):
        theirs = getattr(datasets, cls)
        ours = {file.name: file.md5 for file in SETS[name].files}
        assert ours == dict(theirs.resources)
        assert all(url.startswith(tuple(theirs.mirrors)) for file in SETS[name].files for url in file.urls)
        assert SETS[name].folders[0] == cls
    cifar = SETS["cifar10"].files[0]
    assert (cifar.urls[0], cifar.md5) == (datasets.CIFAR10.url, datasets.CIFAR10.tgz_md5)
    for file in SETS["svhn"].files:
        assert [file.urls[0], file.name, file.md5] == list(datasets.SVHN.split_list[file.name.split("_")[0]])


@pytest.mark.parametrize(
    ("name", "train", "test", "shape"),
    [
        ("fashion-mnist", 60_000, 10_000, (1, 28, 28)),
        ("mnist", 60_000, 10_000, (1, 28, 28)),
        ("cifar10", 20_000, 1_000, (3, 32, 32)),
        ("svhn", 8_000, 2_000, (3, 32, 32)),
    ],
)
def test_the_real_sets(data_root: Path, name: str, train: int, test: int, shape: tuple[int, int, int]) -> None:
    split = load_data(DataConfig(name=name, root=str(data_root)))
    assert (len(split.train), len(split.test), split.image_shape) == (train, test, shape)
    assert split.num_classes == 10 and len(np.unique(split.train.labels)) == 10


def test_the_first_hundred_of_each_class(data_root: Path) -> None:
    split = load_data(DataConfig(name="fashion-mnist", root=str(data_root), train_per_class=100, test_per_class=100))
    whole = torchvision_sets.load(DataConfig(name="fashion-mnist", root=str(data_root)), print, StopToken()).train
    assert whole.labels is not None and split.train.ids is not None
    assert np.bincount(split.train.labels).tolist() == [100] * 10 == np.bincount(split.test.labels).tolist()
    assert sorted(split.train.ids) == sorted(i for k in range(10) for i in np.flatnonzero(whole.labels == k)[:100])
    assert np.array_equal(split.train.images, whole.pixels.read(split.train.ids))


def test_own_files_of_the_real_sets(data_root: Path) -> None:
    sprites = load_data(
        DataConfig(name="images", path=str(data_root / "dsprites" / "dsprites_random20000.npz"), limit=200)
    )
    assert sprites.train.factor_names == ("shape", "scale", "orientation", "posX", "posY")
    assert sprites.train.images.max() == 255
    faces = load_data(DataConfig(name="images", path=str(data_root / "faces" / "olivetti_faces.npz")))
    assert faces.num_classes == 40 and np.bincount(faces.test.labels).tolist() == [2] * 40


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def test_official_layouts_of_the_colour_sets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files in the official formats, with their checksums entered as the official ones."""
    from scipy.io import savemat
    from torchvision import datasets

    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)
    labels = np.arange(20) % 10
    folder = tmp_path / "made" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch", "batches.meta"]
    for name in names:
        batch = {"data": images.transpose(0, 3, 1, 2).reshape(20, -1), "labels": labels.tolist()}
        content = {"label_names": list(SETS["cifar10"].class_names)} if name == "batches.meta" else batch
        (folder / name).write_bytes(pickle.dumps(content))
    sums = [[name, md5(folder / name)] for name in names]
    monkeypatch.setattr(datasets.CIFAR10, "train_list", sums[:5])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", sums[5:6])
    monkeypatch.setattr(datasets.CIFAR10, "meta", {**datasets.CIFAR10.meta, "md5": sums[6][1]})
    root = tmp_path / "root"
    root.mkdir()
    packed = root / "cifar-10-python.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(folder, folder.name)
    file = replace(SETS["cifar10"].files[0], md5=md5(packed))
    monkeypatch.setitem(SETS, "cifar10", replace(SETS["cifar10"], files=(file,)))
    split = load_data(DataConfig(name="cifar10", root=str(root)))
    assert (len(split.train), len(split.test)) == (100, 20)
    assert np.array_equal(split.test.images, images) and np.array_equal(split.test.labels, labels)
    assert (root / "cifar-10-batches-py").is_dir()

    for part in ("train", "test"):
        matrix = {"X": images.transpose(1, 2, 3, 0), "y": np.where(labels == 0, 10, labels)[:, None]}
        savemat(root / f"{part}_32x32.mat", matrix)
        path = root / f"{part}_32x32.mat"
        monkeypatch.setitem(datasets.SVHN.split_list, part, ["", path.name, md5(path)])
    split = load_data(DataConfig(name="svhn", root=str(root)))
    assert np.array_equal(split.train.images, images) and np.array_equal(split.test.labels, labels)


def test_a_validation_split_shares_no_image_with_training_nor_with_the_test_images(data_root: Path) -> None:
    config = DataConfig(name="fashion-mnist", root=str(data_root), train_per_class=20, test_per_class=5)
    usual, validated = load_data(config), load_data(config.model_copy(update={"held_out_from": "train"}))
    np.testing.assert_array_equal(usual.train.images, validated.train.images)
    assert np.bincount(validated.test.labels).tolist() == [5] * 10

    def pixels(images: np.ndarray) -> set[bytes]:
        return {image.tobytes() for image in images}

    assert not pixels(validated.test.images) & pixels(validated.train.images)
    whole = load_data(DataConfig(name="fashion-mnist", root=str(data_root)))
    assert pixels(validated.test.images) <= pixels(whole.train.images)
