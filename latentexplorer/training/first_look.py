"""The untrained model, for whoever looks: seen before it is found out what the training computes with."""

from __future__ import annotations

import torch

from latentexplorer.core.changes import in_force
from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import Emit, Progress, SnapshotTaken
from latentexplorer.data import DataSplit
from latentexplorer.models.budget import is_large
from latentexplorer.models.devices import choose_device
from latentexplorer.training.controls import Controls
from latentexplorer.training.number_formats import has_trial
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.save import take_snapshot
from latentexplorer.training.state import TrainingState


def show_untrained(config: RunConfig, data: DataSplit, controls: Controls, emit: Emit) -> None:
    """Take the first snapshot that somebody waits for, where the trial of number formats would hold it up.

    It is of a state of its own, with weights and codes as the training's will be, and nothing is drawn from the
    generators of the training. Not of large images: their networks take long to be laid out.
    """
    if not controls.snapshot_wanted or is_large(config.model, data.image_shape) or not has_trial(config, data):
        return
    emit(Progress(0, 0, PREPARING[config.model.kind.encoder]))
    numerics = Numerics("fast", choose_device(config.training.device), torch.get_num_threads())
    state = TrainingState(in_force(config, -1), data, numerics)
    controls.snapshot_taken()
    emit(SnapshotTaken(take_snapshot(state)))


PREPARING = {True: "preparing the model", False: "preparing codes"}
"""What is being done, by whether the model has an encoder."""
