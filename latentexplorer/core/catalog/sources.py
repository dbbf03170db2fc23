"""The table of data sources: what is known of each before it is read, and where its code is."""

from __future__ import annotations

from dataclasses import dataclass

from latentexplorer.core.registry import Registry


@dataclass(frozen=True)
class Source:
    """Where images come from.

    Attributes
    ----------
    labelled, factors : bool
        Whether its images carry classes, and known generative factors as columns.
    needs : str
        "" (always there), "root" (files in a data folder, else a download), "path" (the person's own files).
    own_settings : tuple of str
        The `data.*` settings that only this source reads.
    balanced : (int, int)
        How many classes it has, and how many training images each of them has at least (0: as many as are asked for);
        zeros where that is not known before they are loaded.
    counts : (int, int)
        Images to train on and held out, in the whole set, or that are generated if nobody says how many. Where the
        second is 0, a part of the first is held out. Zeros where that is not known before they are loaded.
    shape : (int, int, int)
        Height, width and channels of its images; zeros where that is not known before they are loaded.
    """

    name: str
    title: str
    summary: str
    path: str
    labelled: bool = True
    factors: bool = False
    needs: str = ""
    own_settings: tuple[str, ...] = ()
    balanced: tuple[int, int] = (0, 0)
    counts: tuple[int, int] = (0, 0)
    shape: tuple[int, int, int] = (0, 0, 0)

    @property
    def settings(self) -> frozenset[str]:
        """The `data.*` settings that change something for this source."""
        used = {"name", "train_per_class", "test_per_class", "limit", "test_fraction", "size", "fit", "color", "seed"}
        used.add("binarise")
        if self.needs == "root":
            used |= {"root", "held_out_from"}
        elif self.needs == "path":
            used |= {"path", "columns", "labels", "frames", "skip_unreadable"}
        return frozenset(used | set(self.own_settings))


SOURCES: Registry[Source] = Registry(
    "data set",
    [
        Source(
            "digits",
            "Handwritten digits",
            "1,797 digits of 8 x 8, part of scikit-learn",
            "latentexplorer.data.digits:load",
            balanced=(10, 174),
            counts=(1797, 0),
            shape=(8, 8, 1),
        ),
        Source(
            "shapes",
            "Shapes",
            "Generated squares, ellipses and triangles with known factors",
            "latentexplorer.data.shapes:load",
            factors=True,
            own_settings=("count",),
            balanced=(3, 0),
            counts=(10_000, 0),
            shape=(32, 32, 1),
        ),
        Source(
            "glyphs",
            "Glyphs",
            "Digits and letters drawn from fonts, labelled by character and style",
            "latentexplorer.data.glyphs:load",
            factors=True,
            own_settings=("count", "system_fonts"),
            balanced=(36, 0),
            counts=(10_800, 0),
            shape=(32, 32, 1),
        ),
        Source(
            "fashion-mnist",
            "Fashion-MNIST",
            "70,000 articles of clothing, 28 x 28, grey",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 6000),
            counts=(60_000, 10_000),
            shape=(28, 28, 1),
        ),
        Source(
            "mnist",
            "MNIST",
            "70,000 digits, 28 x 28, grey",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 5421),
            counts=(60_000, 10_000),
            shape=(28, 28, 1),
        ),
        Source(
            "kmnist",
            "KMNIST",
            "70,000 cursive Japanese characters, 28 x 28, grey",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 6000),
            counts=(60_000, 10_000),
            shape=(28, 28, 1),
        ),
        Source(
            "cifar10",
            "CIFAR-10",
            "60,000 photographs, 32 x 32, colour",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 5000),
            counts=(50_000, 10_000),
            shape=(32, 32, 3),
        ),
        Source(
            "svhn",
            "SVHN",
            "House numbers, 32 x 32, colour",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 4659),
            counts=(73_257, 26_032),
            shape=(32, 32, 3),
        ),
        Source(
            "images",
            "My images",
            "A folder (sub-folders are classes), an npz or npy array, or idx files",
            "latentexplorer.data.own_images:load",
            labelled=False,
            needs="path",
        ),
    ],
)
