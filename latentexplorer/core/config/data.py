"""The table `data`: which images a run learns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from latentexplorer.core.catalog import SOURCES, Source
from latentexplorer.core.config.table import Settings
from latentexplorer.core.registry import suggest

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Pixels = Annotated[int, Field(ge=2, le=4096)]
Fit = Literal["pad", "crop", "squash"]
"""What becomes of images of other proportions."""


class DataConfig(Settings):
    """Which images, how many, in which size and colour."""

    name: str = Field("digits", title="Data", description="The set of images to learn.")
    root: str | None = Field(
        None, title="Data folder", description="Folder of the named sets. Empty: LATENTEXPLORER_DATA, then the cache."
    )
    path: str | None = Field(None, title="My images", description="A folder, an .npz, .npy or idx file of your own.")
    columns: str | None = Field(
        None,
        title="Columns",
        description="A CSV with a row for each image, named by its file: more to colour the map by, and classes.",
    )
    frames: Literal["first", "all"] = Field(
        "first",
        title="Stacks",
        description="Of files that hold several pages or frames, such as TIFF stacks and animations: the first, or all "
        "as images of their own.",
    )
    labels: str = Field(
        "",
        max_length=200,
        title="Classes",
        description="A column that holds the classes, `folders`, or `none`. Empty: the labels that come with the "
        "images, or sub-folders, else a column called class or label.",
    )
    train_per_class: Count | None = Field(
        None, title="Train per class", description="Images of each class to train on, the first ones in order."
    )
    test_per_class: Count | None = Field(
        None, title="Held out per class", description="Images of each class to hold out, the first ones in order."
    )
    limit: Count | None = Field(
        None, title="Limit", description="At most so many training images, taken evenly over classes."
    )
    held_out_from: Literal["test", "train"] = Field(
        "test",
        title="Held out from",
        description="The set's test images, or training images not trained on: a validation split, to tune on.",
    )
    test_fraction: float = Field(
        0.2,
        gt=0,
        lt=1,
        title="Held-out part",
        description="Part of the images that is held out where a set has no test images.",
    )
    size: Pixels | tuple[Pixels, Pixels] | None = Field(
        None, title="Size", description="Pixels, one number or height and width. Empty: as the images are."
    )
    fit: Fit = Field(
        "pad",
        title="Fit",
        description="What becomes of images of other proportions: padded with the colour of their border, cropped to "
        "their middle, or squashed.",
    )
    color: Literal["as-is", "grey", "rgb"] = Field(
        "as-is", title="Colour", description="Grey, colour, or as most of the images are."
    )
    skip_unreadable: bool = Field(
        False,
        title="Leave out unreadable",
        description="Leave out image files that cannot be read, and say which. Otherwise they are an error.",
    )
    binarise: Literal["none", "fixed", "every-epoch"] = Field(
        "none",
        title="Black and white",
        description="Draw each pixel black or white, its value the probability of white: once, or anew each training "
        "epoch. Held-out images are drawn once.",
    )
    count: Count | None = Field(None, title="Images", description="How many images to generate.", le=1_000_000)
    system_fonts: bool = Field(False, title="System fonts", description="Draw glyphs from the system's fonts too.")
    seed: int = Field(
        0, ge=0, le=2**31 - 1, title="Data seed", description="Seed of generated images and of the held-out draw."
    )

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in SOURCES:
            raise ValueError(f"there is no data set {name!r}. {suggest(name, SOURCES.names)}")
        return name

    @property
    def source(self) -> Source:
        """The table's entry for this set."""
        return SOURCES[self.name]

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Height and width asked for, or None for 'as the images are'."""
        if self.size is None:
            return None
        return (self.size, self.size) if isinstance(self.size, int) else self.size
