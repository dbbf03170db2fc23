"""The table `training`: how a run is trained, and what was changed while it was."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from latentexplorer.core.config.model import ModelConfig
from latentexplorer.core.config.table import Settings
from latentexplorer.core.history import MOST_EPOCHS
from latentexplorer.core.wrong_values import in_words

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


class Change(Settings):
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
            raise ValueError(f"{self.key} = {self.value}: {in_words(error.errors()[0])}") from None
        return self


class TrainingConfig(Settings):
    """How long, how fast, on what."""

    epochs: int = Field(20, ge=1, le=MOST_EPOCHS, title="Epochs", description="Passes over the training images.")
    batch_size: int = Field(64, ge=1, le=1_000_000, title="Batch", description="Images in one step.")
    lr: float = Field(1e-3, gt=0, le=10, title="Learning rate", description="Step size of the networks.")
    code_lr: float = Field(
        0.02, gt=0, le=100, title="Code learning rate", description="Step size of an auto-decoder's codes."
    )
    optimizer: Literal["adam", "rmsprop", "muon"] = Field(
        "adam",
        title="Optimiser",
        description="How the networks' steps follow their gradients. Muon learns more in as many steps.",
    )
    schedule: Literal["constant", "cosine", "steps"] = Field(
        "constant",
        title="Schedule",
        description="Whether learning rates stay, fall to zero along a cosine, or fall in steps.",
    )
    milestones: tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...] = Field(
        (),
        max_length=50,
        fail_fast=True,
        title="Steps at",
        description="Epochs after which learning rates fall, of schedule 'steps'.",
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
        description="States kept on disk, evenly spread over training, to look back at: 512 MiB at most. 0: none.",
    )
    checkpoint_every: int = Field(
        1, ge=1, le=1_000_000, title="Checkpoint every", description="Epochs between safe points to resume from."
    )
    changes: tuple[Change, ...] = Field(
        (),
        max_length=10_000,
        fail_fast=True,
        title="Changes",
        description="Changes made while it trained or before it went on, applied again at the same steps.",
    )
