"""A training state on disk, in one file: a kill at any moment leaves the last whole one."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from pydantic import Field, ValidationError
from torch import Tensor

from latentexplorer.core.errors import DataError, RunError
from latentexplorer.core.events import Emit, Notice
from latentexplorer.core.wrong_values import in_words
from latentexplorer.runs import ModelInfo, RunFolder
from latentexplorer.runs.model_file import (
    CODEBOOK,
    TRAIN_LABELS,
    WEIGHTS,
    codebook_of,
    load_tensors,
    load_weights,
    model_tensors,
    read_kl_per_dim,
)
from latentexplorer.runs.stored_model import CHECKPOINT_FILE
from latentexplorer.runs.tensor_file import TensorFile
from latentexplorer.runs.write_behind import WriteBehind
from latentexplorer.training.held_out import Fitted, HeldOut
from latentexplorer.training.meter import SPREAD, TERMS
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.optimisers import begin
from latentexplorer.training.state import CODE_ADAM, TrainingState

Number = Annotated[float, Field(allow_inf_nan=False)]


class CheckpointInfo(ModelInfo):
    """The numbers of a checkpoint that are no tensors; `best` is None before there is one."""

    position: int = Field(ge=0, le=10**9)
    worse: int = Field(ge=0, le=10**9)
    best: Number | None = None
    seconds: Number = Field(ge=0)


def has_checkpoint(folder: RunFolder) -> bool:
    """Whether there is a state to go on from."""
    return folder.file(CHECKPOINT_FILE).exists()


def save_checkpoint(folder: RunFolder, state: TrainingState, behind: WriteBehind) -> None:
    """Write the state as it is now, whole or not at all. Several processes call this together, and the main one writes.

    Raises
    ------
    RunError
        As `WriteBehind.write_tensors` does: that the state before this one could not be written.
    """
    info = CheckpointInfo(
        **state.info().model_dump(),
        position=state.position,
        worse=state.worse,
        best=state.best if math.isfinite(state.best) else None,
        seconds=state.seconds,
    )
    count = len(state.data.train)
    book = {name: state.ranks.whole(tensor, count) for name, tensor in codebook_of(state.model).items()}
    rest = state.tensors()
    if isinstance(state.held_out, Fitted):
        state.held_out.synchronise()
    if not state.ranks.main:
        return
    codes = {}
    if isinstance(state.held_out, Fitted):
        codes["test"] = state.held_out.codes()
    tensors = model_tensors(state.model.network_state(), codes, state.kl_per_dim)
    tensors |= {CODEBOOK + name: tensor for name, tensor in book.items()}
    if book and state.data.train.labels is not None:
        tensors[TRAIN_LABELS] = torch.tensor(state.data.train.labels, dtype=torch.int64)
    tensors |= rest
    folder.subfolder("checkpoint")
    behind.write_tensors(folder, CHECKPOINT_FILE, tensors, info.model_dump())


def open_checkpoint(folder: RunFolder) -> tuple[TensorFile, CheckpointInfo]:
    """The state to go on from, and how far it is; its tensors are not read yet.

    Raises
    ------
    RunError
        If it is damaged.
    """
    file = TensorFile(folder.file(CHECKPOINT_FILE))
    try:
        return file, CheckpointInfo.model_validate(file.info)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise file.damaged(f"{'.'.join(map(str, problem['loc']))}: {in_words(problem)}") from None


def load_checkpoint(folder: RunFolder, state: TrainingState, numerics: Numerics, emit: Emit) -> None:
    """Go on from the last checkpoint.

    Raises
    ------
    RunError
        If it is damaged or belongs to another model.
    DataError
        If it was trained on other images.
    """
    file, info = open_checkpoint(folder)
    if info.fingerprint != state.data.fingerprint or info.num_train != len(state.data.train):
        raise DataError(
            f"These are not the images that {folder.name} was trained on", "Give it the same images, or train a new run"
        )
    load_weights(state.model, file, WEIGHTS)
    _load_rows(codebook_of(state.model), file, CODEBOOK, state)
    _load_adam(state, file)
    _load_meter(state, file)
    _load_generators(state, file, numerics, emit)
    if state.held_out is not None:
        _load_held_out(state.held_out, file)
    state.kl_per_dim = read_kl_per_dim(file)
    state.epoch, state.step, state.seconds = info.epoch, info.step, info.seconds
    state.worse, state.best = info.worse, math.inf if info.best is None else info.best
    state.position = info.position
    if info.position > len(state.data.train) or (info.position and info.position not in _starts(state)):
        raise RunError(
            f"{folder.name} stopped in the middle of an epoch of other batches",
            "Set training.batch_size and training.drop_last back to what they were",
        )
    state.history = folder.history.until(info.epoch)
    state.dimensions = folder.dimensions.until(info.epoch)


def _starts(state: TrainingState) -> set[int]:
    return {start for start, _ in state.bounds} | {state.bounds[-1][1]}


def _load_adam(state: TrainingState, file: TensorFile) -> None:
    if file.names("network_adam/"):
        begin(state.network_optimiser)
    for name, adam in state.adam_states().items():
        if name.startswith(CODE_ADAM):
            _load_rows(adam, file, f"{name}/", state)
        elif adam:
            load_tensors(adam, file, f"{name}/")


def _load_rows(into: dict[str, Tensor], file: TensorFile, prefix: str, state: TrainingState) -> None:
    """Fill tables of codes, of which this process has every `size`-th row."""
    ranks, count = state.ranks, len(state.data.train)
    if ranks.size == 1:
        load_tensors(into, file, prefix)
        return
    whole = {name: torch.empty(count, *tensor.shape[1:], dtype=tensor.dtype) for name, tensor in into.items()}
    load_tensors(whole, file, prefix)
    with torch.no_grad():
        for name, tensor in into.items():
            tensor.copy_(whole[name][ranks.rank :: ranks.size])


def _load_meter(state: TrainingState, file: TensorFile) -> None:
    fresh = {name: tensor.clone() for name, tensor in state.meter.state().items()}
    for name in (TERMS, SPREAD):
        if name not in file.names("meter/"):
            fresh.pop(name, None)
    load_tensors(fresh, file, "meter/")
    state.meter.load(fresh)


def _load_generators(state: TrainingState, file: TensorFile, numerics: Numerics, emit: Emit) -> None:
    names = [*state.generators, "epoch_start"]
    if set(file.names("random/")) != set(names):
        raise file.damaged("it has no random generators")
    saved = file.read(names, "random/")
    drawn_on = "cpu" if saved["draws"].numel() > 1000 else "cuda"
    if drawn_on != numerics.device:
        # A generator of one device cannot go on on another.
        saved["draws"] = state.generators["draws"].get_state()
        emit(Notice(f"Trained on {drawn_on} so far: random draws begin anew on {numerics.device}", "warning"))
    try:
        state.set_generators(saved)
    except (RuntimeError, TypeError):
        raise file.damaged("its random generators cannot be read") from None


def _load_held_out(held_out: HeldOut, file: TensorFile) -> None:
    """Take up the held-out images where they were; anew where the settings ask for others now."""
    into: dict[str, Tensor] = held_out.state()
    if TERMS not in file.names("held_out/"):
        into.pop(TERMS, None)
    if set(file.names("held_out/")) != set(into) or any(
        file.shapes[f"held_out/{name}"] != tuple(tensor.shape) for name, tensor in into.items()
    ):
        return
    values = file.read(into, "held_out/")
    with torch.no_grad():
        for name, tensor in into.items():
            tensor.copy_(values[name])
    if isinstance(held_out, Fitted):
        turn, left = (int(value) for value in values["turn"])
        held_out.turn, held_out.left = turn % len(held_out.index), left % (len(held_out.index) + 1)
