"""What a training leaves behind: copies to look at while it goes on, and the model at its end."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.history import History
from latentexplorer.data import ImageSet
from latentexplorer.models import Codes, LatentModel, encode_images
from latentexplorer.models.families.autodecoder import AutoDecoder, VariationalAutoDecoder
from latentexplorer.models.fitting import InferSettings, infer_codes
from latentexplorer.models.warm_start import WarmStart
from latentexplorer.runs import SHOWN, RunFolder, Snapshot, shown_index
from latentexplorer.runs.model_file import FITTED, model_tensors
from latentexplorer.runs.stored_model import MODEL_FILE
from latentexplorer.training.held_out import Fitted
from latentexplorer.training.state import TrainingState

MOST_FITTED = 256
FEWEST_FITTED = 20
"""Held-out images whose codes are fitted at the end of a training."""


def take_snapshot(state: TrainingState) -> Snapshot:
    """A copy of the weights and of the codes that are shown; nothing in it is shared with the training.

    Several processes call this together; only that of the main one has codes.
    """
    return Snapshot(
        epoch=state.epoch,
        step=state.step,
        weights={
            name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
            for name, tensor in state.model.network_state().items()
        },
        codes=codes_of(state, SHOWN),
        history=History(state.history),
        dimensions=state.dimensions.copy(),
        kl_per_dim=state.kl_per_dim,
        info=state.info(),
        bf16=state.numerics.bf16,
    )


def codes_of(state: TrainingState, most: int | None, emit: Emit = ignore, stop: StopToken = NEVER) -> dict[str, Codes]:
    """Codes of at most `most` training and held-out images, evenly spread; of all of them for None.

    Held-out images of an auto-decoder, and of any model when `most` is given, are those that are watched. Several
    processes call this together, and the main one gets the codes.
    """
    train = shown_index(len(state.data.train), most or len(state.data.train))
    if state.held_out is not None:
        state.held_out.synchronise()
    params = None
    if isinstance(state.model, AutoDecoder):
        params = state.ranks.look_up(state.model.codebook.weight, torch.from_numpy(train))
    if not state.ranks.main:
        return {}
    if isinstance(state.model, AutoDecoder) and params is not None:
        labels = state.data.train.labels
        codes = {"train": state.model.codes_of(params, train, None if labels is None else labels[train])}
    else:
        codes = {"train": encode_part(state, "train", train, emit, stop)}
    if state.held_out is not None and (most or isinstance(state.held_out, Fitted)):
        codes["test"] = state.held_out.codes(most)
    elif not most and len(state.data.test) and state.model.kind.encoder:
        codes["test"] = encode_part(state, "test", np.arange(len(state.data.test)), emit, stop)
    return codes


def encode_part(state: TrainingState, part: str, index: npt.NDArray[np.int64], emit: Emit, stop: StopToken) -> Codes:
    """Codes of the images of a part at the positions `index`, from the encoder."""
    images: ImageSet = state.data.train if part == "train" else state.data.test
    labels = None if images.labels is None else images.labels[index]
    return encode_images(state.model, state.shown[part].at(index), labels, index=index, emit=emit, stop=stop)


def matched(model: VariationalAutoDecoder, codes: dict[str, Codes]) -> VariationalAutoDecoder:
    """The model with each dimension of its codes as wide as its prior N(0, 1), the codes brought along.

    A dimension and the decoder's first layer can be scaled against each other without a change of any image, and at an
    optimum the mean square of draws from the posteriors is that of the prior: else another scale had less KL. Trainings
    that look at the reconstruction first do not get there.
    """
    train = codes["train"]
    square = np.square(train.loc.astype(np.float64)) + (0 if train.scale is None else np.square(train.scale))
    widths = np.maximum(np.sqrt(square.mean(0)), 1e-6).astype(np.float32)
    for of in codes.values():
        of.loc = of.loc / widths
        of.scale = None if of.scale is None else of.scale / widths
    model = copy.deepcopy(model)
    model.rescale(torch.from_numpy(widths))
    return model


def kl_of(model: VariationalAutoDecoder, codes: Codes) -> npt.NDArray[np.float32]:
    """Mean KL of each dimension over codes (D,), nats."""
    scale = None if codes.scale is None else torch.from_numpy(codes.scale)
    posterior = model.posterior_of(model.params_of(torch.from_numpy(codes.loc), scale))
    return np.asarray(posterior.kl(model.prior).mean(0).detach().numpy(), np.float32)


def fitted_codes(
    model: LatentModel, state: TrainingState, train: Codes, emit: Emit, stop: StopToken
) -> dict[str, Codes]:
    """Codes of some held-out images of an auto-decoder, fitted as those of any new image are.

    What a code of a new image looks like is known by them: codes that were watched have followed the training and made
    few steps. As many as are fitted in a tenth of the work of the training; none where that is too few.

    Raises
    ------
    Stopped
    """
    images = state.data.test
    settings = InferSettings(bf16=state.numerics.bf16)
    # With the decoder frozen a step needs no gradients of weights, a third of what one of training takes.
    trained = state.epoch * len(state.data.train)
    count = min(MOST_FITTED, len(images), int(0.1 * 1.5 * trained / settings.steps))
    if not isinstance(model, AutoDecoder) or count < FEWEST_FITTED:
        return {}
    known = train.take(shown_index(len(train), SHOWN))
    start = WarmStart.of(model, state.data.train.images[known.index], known)
    some = images.take(shown_index(len(images), count))
    emit(Progress(0, 0, "fitting held-out codes"))
    found = infer_codes(model, some.images, some.labels, known=start, settings=settings, stop=stop).codes
    found.index = shown_index(len(images), count)
    return {FITTED: found}


def save_model(folder: RunFolder, state: TrainingState, trained: bool, emit: Emit, stop: StopToken) -> bool:
    """Write `model.safetensors` and the metrics of the last epoch; False when a stop kept something out of it.

    Codes of all images once it is trained; else, and when asked to stop on the way, of those that are shown, because
    whoever stops does not want to wait. An auto-decoder's are looked up, so that they are always complete. Several
    processes call this together, and the main one writes.
    """
    complete = trained
    most = None if trained or not state.model.kind.encoder else SHOWN
    try:
        codes = codes_of(state, most, emit, stop if most is None else NEVER)
    except Stopped:
        complete = False
        codes = codes_of(state, SHOWN)
    if not state.ranks.main:
        return complete
    model, kl_per_dim = state.model, state.kl_per_dim
    if trained and folder.config.model.match_prior and isinstance(model, VariationalAutoDecoder):
        before = kl_of(model, codes["train"]).sum()
        model = matched(model, codes)
        kl_per_dim = kl_of(model, codes["train"])
        folder.log(
            f"codes brought to the width of the prior: KL {before:.1f} before, {kl_per_dim.sum():.1f} nats after"
        )
    if complete:
        try:
            codes |= fitted_codes(model, state, codes["train"], emit, stop)
        except Stopped:
            complete = False
    tensors = model_tensors(model.network_state(), codes, kl_per_dim)
    folder.write_tensors(MODEL_FILE, tensors, state.info().model_dump())
    if len(state.history):
        folder.write_metrics(_metrics(folder, state))
    return complete


def _metrics(folder: RunFolder, state: TrainingState) -> dict[str, object]:
    """The last epoch's figures by part. `kind` as in the metrics' definitions: averages over the running epoch."""
    row = state.history.rows[-1]
    parts: dict[str, object] = {
        part: {name.removeprefix(f"{part}_"): value for name, value in row.items() if name.startswith(f"{part}_")}
        for part in ("train", "test")
    }
    config = folder.config
    return {
        "run": folder.name,
        "family": config.model.family,
        "data": config.data.name,
        "epoch": state.epoch,
        "kind": "running",
        **parts,
    }
