"""Tables of the published sets: where their files lie, where they come from, what they hold.

Addresses and checksums are those of torchvision's data sets, so either program finds the other's files.
"""

from __future__ import annotations

from dataclasses import dataclass

DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its name, its MD5 and the addresses it can be fetched from."""

    name: str
    md5: str
    urls: tuple[str, ...]


@dataclass(frozen=True)
class PublishedSet:
    """A published set.

    Attributes
    ----------
    folders : tuple of str
        Names its folder may have within the data folder, torchvision's first.
    counts : (int, int)
        Images to train on and held out, in the whole set.
    files : tuple of RemoteFile
        What a download fetches.
    """

    title: str
    folders: tuple[str, ...]
    shape: tuple[int, int, int]
    counts: tuple[int, int]
    class_names: tuple[str, ...]
    files: tuple[RemoteFile, ...]


def _idx_files(mirrors: tuple[str, ...], sums: tuple[str, str, str, str]) -> tuple[RemoteFile, ...]:
    names = [f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")]
    return tuple(
        RemoteFile(name, md5, tuple(mirror + name for mirror in mirrors)) for name, md5 in zip(names, sums, strict=True)
    )


FASHION_MNIST = PublishedSet(
    "Fashion-MNIST",
    ("FashionMNIST", "Fashion-MNIST", "fashion-mnist", "fashion_mnist", "fashionmnist"),
    (28, 28, 1),
    (60_000, 10_000),
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    _idx_files(
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
)

MNIST = PublishedSet(
    "MNIST",
    ("MNIST", "mnist"),
    (28, 28, 1),
    (60_000, 10_000),
    DIGITS,
    _idx_files(
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
    ),
)

KMNIST = PublishedSet(
    "KMNIST",
    ("KMNIST", "kmnist"),
    (28, 28, 1),
    (60_000, 10_000),
    ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    _idx_files(
        ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        (
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
    ),
)

CIFAR10 = PublishedSet(
    "CIFAR-10",
    ("cifar10", "CIFAR10", "cifar-10", "CIFAR-10"),
    (32, 32, 3),
    (50_000, 10_000),
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    (
        RemoteFile(
            "cifar-10-python.tar.gz",
            "c58f30108f718f92721af3b95e74349a",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
        ),
    ),
)

SVHN = PublishedSet(
    "SVHN",
    ("svhn", "SVHN"),
    (32, 32, 3),
    (73_257, 26_032),
    DIGITS,
    (
        RemoteFile(
            "train_32x32.mat",
            "e26dedcc434d2e4c54c9b2d4a06d8373",
            ("http://ufldl.stanford.edu/housenumbers/train_32x32.mat",),
        ),
        RemoteFile(
            "test_32x32.mat",
            "eb5a983be6a315427106f1b164d9cef3",
            ("http://ufldl.stanford.edu/housenumbers/test_32x32.mat",),
        ),
    ),
)

SETS = {"fashion-mnist": FASHION_MNIST, "mnist": MNIST, "kmnist": KMNIST, "cifar10": CIFAR10, "svhn": SVHN}
