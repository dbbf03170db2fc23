"""What a run is asked to do: one validated model for presets, the command line, the window's form and saved runs.

Every field carries its explanation and limits, from which the form and the help texts are made.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from latentexplorer.core.catalog import FAMILIES, SOURCES, Family, Source
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import printable
from latentexplorer.core.registry import suggest
from latentexplorer.core.settings_text import parse_setting, problems, put, read_toml, validated

SCHEMA: Literal[1] = 1

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Pixels = Annotated[int, Field(ge=2, le=4096)]
Fit = Literal["pad", "crop", "squash"]
"""What becomes of images of other proportions."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


class DataConfig(_Settings):
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
        description="Draw each pixel black or white, with its grey value as probability of white: once by the data "
        "seed, or for training anew each epoch. Held-out images are always drawn once.",
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


class ModelConfig(_Settings):
    """Which latent-variable model, and its objective."""

    family: str = Field("vae", title="Model", description="The family of models.")
    architecture: str = Field(
        "", title="Architecture", description="How the networks are built. Empty: the family's own."
    )
    latent_dim: int = Field(
        2, ge=1, le=4096, title="Latent size", description="Numbers in a code. Two can be drawn as they are."
    )
    prior: Literal["normal", "laplace", "exponential", "uniform"] = Field(
        "normal", title="Prior", description="The distribution that codes are pulled towards; uniform is on [-1, 1]."
    )
    log_codes: bool = Field(
        False,
        title="Logarithmic codes",
        description="Codes are on a logarithmic scale, where one step is one order of size. For the exponential prior "
        "only, whose posteriors differ in nothing else.",
    )
    likelihood: Literal["gaussian", "bernoulli", "laplace"] = Field(
        "gaussian",
        title="Likelihood",
        description="How a decoded image explains the pixels: squared, cross-entropy or absolute error.",
    )
    sigma: float | Literal["auto", "learned"] = Field(
        "auto",
        title="Pixel sigma",
        description="Noise of the pixels on [0, 1]: a number, 'learned', or 'auto': 0.1 up to 32 pixels, above as much "
        "as PCA leaves. Smaller: sharper images, less pull from the prior.",
    )
    beta: float = Field(
        1.0,
        ge=0,
        le=1e6,
        title="KL weight",
        description="Pulls each code towards the prior. Higher: smoother space, blurrier images.",
    )
    kl_warmup: float = Field(
        0.0,
        ge=0,
        le=1e6,
        title="KL warm-up",
        description="Epochs over which the KL weight grows from zero. Helps against collapse.",
    )
    free_bits: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Free bits",
        description="Nats per dimension that cost nothing. Keeps dimensions in use.",
    )
    tc_weight: float = Field(
        5.0,
        ge=0,
        le=1e6,
        title="TC weight",
        description="What the total correlation costs beside the KL. Higher: dimensions that tell of different things, "
        "blurrier images. 0: a VAE whose KL is only looked into.",
    )
    mmd_weight: float = Field(
        300.0,
        ge=0,
        le=1e9,
        title="MMD weight",
        description="Nats that a squared distance (MMD) of 1 between codes and prior costs each image. Higher: codes "
        "fill the prior evenly, blurrier images.",
    )
    hidden: tuple[Annotated[int, Field(ge=1, le=65536)], ...] = Field(
        (),
        max_length=12,
        title="Hidden sizes",
        description="Sizes of the fully connected layers, from image to code. Empty: by image size.",
    )
    channels: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (),
        max_length=12,
        title="Channels",
        description="Channels of the convolutions, from image to code. Empty: by image size.",
    )
    code_init: Literal["auto", "normal", "zero", "per-class", "pca"] = Field(
        "auto",
        title="Code start",
        description="Where an auto-decoder's codes start: around zero, at zero, around one centre per class, or at the "
        "principal components of the images, which learns fastest. Auto: around zero up to 32 pixels, above at the "
        "principal components, each with a spread of one.",
    )
    code_init_scale: float = Field(
        0.1, ge=0, le=100, title="Code start spread", description="Standard deviation of the start of the codes."
    )
    code_penalty: float = Field(
        1e-4,
        ge=0,
        le=1e6,
        title="Code penalty",
        description="Weight of the squared length of a code (its Gaussian prior), per image.",
    )
    sizing: Literal[1, 2] = Field(
        2,
        title="Size rule",
        description="By which rule empty sizes follow the images; runs of the first versions have rule 1.",
    )
    mixture: Literal["difference", "sum", "mean"] = Field(
        "difference",
        title="Mixture",
        description="How two images are mixed. Sum and mean are symmetric: the better assignment counts.",
    )
    dropout: float = Field(
        0.3, ge=0, lt=1, title="Dropout", description="Part of the channels dropped in each decoder while training."
    )

    @field_validator("family")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in FAMILIES:
            raise ValueError(f"there is no model family {name!r}. {suggest(name, FAMILIES.names)}")
        return name

    @field_validator("sigma")
    @classmethod
    def _positive(cls, sigma: float | str) -> float | str:
        if not isinstance(sigma, str) and not 1e-3 <= sigma <= 100:
            raise ValueError("must be between 0.001 and 100, or 'auto' or 'learned'")
        return sigma

    @model_validator(mode="after")
    def _fits(self) -> ModelConfig:
        family = FAMILIES[self.family]
        if self.architecture and self.architecture not in family.architectures:
            raise ValueError(
                f"architecture {self.architecture!r} does not go with family {self.family!r}; "
                f"choose {' or '.join(family.architectures)}, or leave it empty"
            )
        if self.likelihood not in family.likelihoods:
            raise ValueError(
                f"likelihood {self.likelihood!r} does not go with family {self.family!r}; "
                f"choose {' or '.join(family.likelihoods)}"
            )
        return self

    @property
    def kind(self) -> Family:
        """The table's entry for this family."""
        return FAMILIES[self.family]

    @property
    def term_weights(self) -> dict[str, float]:
        """What each of the family's own terms counts in the loss, by its name."""
        terms = self.kind.terms
        return {
            term.name: getattr(self, term.weight) if isinstance(term.weight, str) else term.weight for term in terms
        }

    @property
    def code_prior(self) -> str:
        """The prior as codes are written: "log-exponential" for exponential codes on a logarithmic scale."""
        return "log-exponential" if self.prior == "exponential" and self.log_codes else self.prior

    @property
    def blueprint(self) -> str:
        """The architecture in force: the one asked for, else the family's own."""
        return self.architecture or self.kind.architectures[0]


Recorded = Literal[
    "training.lr",
    "training.code_lr",
    "model.beta",
    "model.kl_warmup",
    "model.free_bits",
    "model.code_penalty",
    "model.dropout",
    "training.batch_size",
    "training.drop_last",
    "training.schedule",
    "training.lr_warmup",
    "training.weight_decay",
    "training.flip",
    "training.shift",
    "training.early_stopping",
    "training.epochs",
]


class Change(_Settings):
    """A setting changed while training or between two trainings, kept so that the run can be repeated."""

    step: int = Field(ge=0, description="Gradient steps done before the change took effect.")
    key: Recorded
    value: bool | int | float | str

    @model_validator(mode="after")
    def _fits(self) -> Change:
        table, name = self.key.split(".")
        try:
            (ModelConfig if table == "model" else TrainingConfig).model_validate({name: self.value})
        except ValidationError as error:
            raise ValueError(f"{self.key} = {self.value}: {error.errors()[0]['msg']}") from None
        return self


class TrainingConfig(_Settings):
    """How long, how fast, on what."""

    epochs: int = Field(20, ge=1, le=1_000_000, title="Epochs", description="Passes over the training images.")
    batch_size: int = Field(64, ge=1, le=1_000_000, title="Batch", description="Images in one step.")
    lr: float = Field(1e-3, gt=0, le=10, title="Learning rate", description="Step size of the networks.")
    code_lr: float = Field(
        0.02, gt=0, le=100, title="Code learning rate", description="Step size of an auto-decoder's codes."
    )
    optimizer: Literal["adam", "rmsprop"] = Field(
        "adam", title="Optimiser", description="How the networks' steps follow their gradients."
    )
    schedule: Literal["constant", "cosine", "steps"] = Field(
        "constant",
        title="Schedule",
        description="Whether learning rates stay, fall to zero along a cosine, or fall in steps.",
    )
    milestones: tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...] = Field(
        (), max_length=50, title="Steps at", description="Epochs after which learning rates fall, of schedule 'steps'."
    )
    milestone_factor: float = Field(
        0.1, gt=0, le=1, title="Step factor", description="What learning rates are multiplied by at each such epoch."
    )
    lr_warmup: float = Field(
        0.0, ge=0, le=1e6, title="Warm-up", description="Epochs over which learning rates grow from zero."
    )
    weight_decay: float = Field(
        0.0, ge=0, le=10, title="Weight decay", description="Pulls the weights towards zero (AdamW)."
    )
    flip: bool = Field(
        False, title="Mirror images", description="Mirror half of each step's images, left to right (with an encoder)."
    )
    shift: int = Field(
        0,
        ge=0,
        le=1000,
        title="Shift images",
        description="Move each step's images by up to so many pixels (with an encoder); edges are reflected.",
    )
    drop_last: bool = Field(
        False, title="Drop last batch", description="Leave out the last batch of an epoch where it is not full."
    )
    early_stopping: int = Field(
        0,
        ge=0,
        le=1_000_000,
        title="Early stopping",
        description="Stop after so many epochs without a better held-out loss. 0: never.",
    )
    seed: int = Field(
        0, ge=0, le=2**31 - 1, title="Seed", description="Same seed, same pictures (with exact numerics)."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", title="Device", description="Auto takes CUDA where there is one."
    )
    numerics: Literal["exact", "fast"] = Field(
        "fast",
        title="Numerics",
        description="Exact: fp32, fixed threads, bit-equal on repeat. Fast: what suits model and machine.",
    )
    held_out: int = Field(
        1000,
        ge=0,
        le=1_000_000,
        title="Held-out images",
        description="Held-out images watched while training. 0: none.",
    )
    snapshots: int = Field(
        20,
        ge=0,
        le=1000,
        title="Snapshots",
        description="States kept on disk, evenly spread over training, to look back at.",
    )
    checkpoint_every: int = Field(
        1, ge=1, le=1_000_000, title="Checkpoint every", description="Epochs between safe points to resume from."
    )
    changes: tuple[Change, ...] = Field(
        (),
        max_length=10_000,
        title="Changes",
        description="Changes made while it trained or before it went on, applied again at the same steps.",
    )


class RunConfig(_Settings):
    """Everything a run is asked to do."""

    schema_version: Literal[1] = Field(SCHEMA, description="Version of this layout.")
    preset: str | None = Field(None, max_length=200, description="The preset it started from.")
    data: DataConfig = Field(default_factory=lambda: DataConfig())
    model: ModelConfig = Field(default_factory=lambda: ModelConfig())
    training: TrainingConfig = Field(default_factory=lambda: TrainingConfig())

    @model_validator(mode="after")
    def _fits(self) -> RunConfig:
        if self.data.source.needs == "path" and not self.data.path:
            raise ValueError("data.path is missing: name a folder, an .npz, .npy or idx file of your own")
        if self.data.binarise == "every-epoch" and not self.model.kind.gradient:
            raise ValueError(
                f"data.binarise = every-epoch: {self.model.kind.title} is solved at once and has no epochs; take fixed"
            )
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> RunConfig:
        """Validate a nested mapping.

        Raises
        ------
        SettingsError
            One line naming the wrong keys, their values and the reasons.
        """
        return validated(cls, values)

    def updated(self, changes: Iterable[str]) -> RunConfig:
        """This configuration with `KEY=VALUE` changes (`model.latent_dim=8`), validated again."""
        return RunConfig.parse(with_changes(self.model_dump(exclude_unset=True), changes))

    def to_json(self) -> str:
        """The configuration as JSON text, every value written out."""
        values = self.model_dump(mode="json")
        text = json.dumps(values, indent=2, ensure_ascii=False)
        # A path need not be UTF-8: then its odd bytes are escapes, which are read back as they were.
        return (text if printable(text) == text else json.dumps(values, indent=2)) + "\n"

    @classmethod
    def from_json(cls, text: str, image_shape: tuple[int, int, int] | None = None) -> RunConfig:
        """Read what `to_json` wrote, validated.

        Settings from before there was `data.fit` are completed so that they mean what was done then: images were
        squashed, to the size and colour of those that were trained on, which now would be chosen differently.

        Parameters
        ----------
        image_shape : (C, H, W) or None
            Of the images that the run was trained on, where it was.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            raise SettingsError("The configuration is not JSON", "Restore the file from a copy") from None
        if not isinstance(values, dict):
            raise SettingsError("The configuration is not a table of settings", "Restore the file from a copy")
        data = values.get("data")
        if isinstance(data, dict) and "fit" not in data:
            data["fit"] = "squash"
            if image_shape is not None and data.get("name") == "images":
                data["size"] = data.get("size") or list(image_shape[1:])
                if data.get("color", "as-is") == "as-is":
                    data["color"] = "grey" if image_shape[0] == 1 else "rgb"
        model = values.get("model")
        if isinstance(model, dict):
            # Runs from before there was a choice have networks by the first rule.
            values["model"] = {"sizing": 1, **model}
        return cls.parse(values)

    @classmethod
    def from_toml(cls, path: Path) -> RunConfig:
        """Read a TOML file of settings (tables `data`, `model`, `training`)."""
        return cls.parse(read_toml(path))

    def settings(self) -> dict[str, Any]:
        """Every setting as `{"model.latent_dim": 2, ...}`."""
        return {
            f"{table}.{key}": value
            for table in ("data", "model", "training")
            for key, value in getattr(self, table).model_dump().items()
        }


def try_parse(values: Mapping[str, Any]) -> tuple[RunConfig | None, dict[str, str]]:
    """Validate a nested mapping for a form: the configuration, or None and what is wrong by dotted key."""
    try:
        return RunConfig.model_validate(values), {}
    except ValidationError as error:
        return None, {problem.key: problem.text for problem in problems(error, RunConfig)}


def with_changes(values: Mapping[str, Any], changes: Iterable[str]) -> dict[str, Any]:
    """A copy of nested settings with `KEY=VALUE` changes on top.

    Where the changes name another model family, an architecture, a likelihood or draws that only the old family had are
    dropped (unless the changes name one), so that a preset can be tried with every family. Changes that a run recorded
    of a setting that is chosen here are dropped too: from the first step on it is what is said.
    """
    result = copy.deepcopy(dict(values))
    parsed = [parse_setting(change) for change in changes]
    for key, value in parsed:
        put(result, key, value)
    chosen = {key for key, _ in parsed}
    training = result.get("training")
    if isinstance(training, dict) and training.get("changes") and "training.changes" not in chosen:
        training["changes"] = [change for change in training["changes"] if _key_of(change) not in chosen]
    model = result.get("model")
    if "model.family" in chosen and isinstance(model, dict) and model.get("family") in FAMILIES:
        family = FAMILIES[str(model["family"])]
        if "model.architecture" not in chosen and model.get("architecture") not in family.architectures:
            for key in {"architecture", "hidden", "channels"} - {name.removeprefix("model.") for name in chosen}:
                model.pop(key, None)
        if "model.likelihood" not in chosen and model.get("likelihood", "gaussian") not in family.likelihoods:
            model["likelihood"] = family.likelihoods[0]
        data = result.get("data")
        if not family.gradient and isinstance(data, dict) and "data.binarise" not in chosen:
            # What has no epochs cannot draw anew in each.
            data.update({"binarise": "fixed"} if data.get("binarise") == "every-epoch" else {})
    return result


def _key_of(change: object) -> object:
    """The setting of a change that is not checked yet."""
    return change.get("key") if isinstance(change, Mapping) else getattr(change, "key", None)
