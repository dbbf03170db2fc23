"""What views ask of a run again and again: codes, originals, decodes, classes, an earlier epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import Array, Part

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

BY_LABEL = "Codes started by label carry the label"
TILE = 64
"""Images decoded between two looks at the stop token: a few milliseconds of work for every family."""


def at_epoch(trained: Trained, epoch: int | None, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Trained:
    """The run as it was after `epoch`, from its kept snapshots; the run itself for None."""
    if epoch is None or epoch == trained.epoch:
        return trained
    if trained.path is None:
        raise NotApplicableError(
            f"Epoch {epoch} cannot be shown: this run has not been saved", "Leave the epoch empty, or save the run"
        )
    from latentexplorer.runs import Trained

    state = Trained.load(trained.path, epoch=epoch, with_data=False, emit=emit, stop=stop)
    state.end = trained.frame
    return state


def kept_epochs(trained: Trained) -> list[int]:
    """Epochs of a run whose state can be looked back at, its last one among them; none where no other is kept."""
    from latentexplorer.runs.folder import RunFolder
    from latentexplorer.runs.snapshot import kept_snapshots

    if trained.path is None:
        return []
    kept = kept_snapshots(RunFolder.open(trained.path))
    return sorted({*(epoch for epoch in kept if epoch <= trained.epoch), trained.epoch}) if kept else []


def is_conditional(trained: Trained) -> bool:
    """Whether a decode needs a class."""
    return trained.config.model.kind.conditional


def needs_class(trained: Trained) -> None:
    """Refuse a model that decodes without a class.

    Raises
    ------
    NotApplicableError
        With what to train instead.
    """
    if is_conditional(trained):
        return
    todo = "Train a model that is told the class, such as the preset glyphs-cvae"
    if len(trained.class_names) > 1:
        todo += ", or one of these images with model.family=cvae"
    raise NotApplicableError(
        f"{trained.config.model.kind.title} decodes without a class, so a style is the same in all of them", todo
    )


def class_number(trained: Trained, text: str) -> int:
    """Number of the class named `text`: its name, or its number where no class has a number for a name."""
    names = trained.class_names
    if not names:
        raise NotApplicableError("These images carry no classes", "Leave the class empty")
    if text in names:
        return names.index(text)
    if text.isdecimal() and int(text) < len(names) and not any(name.isdecimal() for name in names):
        return int(text)
    alike = [number for number, name in enumerate(names) if name.casefold() == text.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise SettingsError(f"There is no class {text!r}", suggest(text, names))


def decode_class(trained: Trained, label: str, default: int | None = 0) -> int | None:
    """The class to decode with: `label` for a conditional model (`default` where it is empty), None for others."""
    if not is_conditional(trained):
        if label:
            raise NotApplicableError(
                f"{trained.config.model.kind.title} decodes without a class", "Leave the class empty"
            )
        return None
    return class_number(trained, label) if label else default


def decode(
    trained: Trained, z: Array, y: Array | int | None = None, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Array:
    """Decode codes tile by tile, so that it can be stopped.

    Parameters
    ----------
    z : (B, D)
    y : (B,) int64, or one class for all, or None
        Used by conditional models only.

    Returns
    -------
    (B, H, W', C) float32, as the decoder gives them: what draws them clamps them to [0, 1], errors are of all they say
    """
    z = np.ascontiguousarray(z, np.float32)
    classes: Array | None = None
    if is_conditional(trained):
        classes = np.full(len(z), y, np.int64) if y is None or np.ndim(y) == 0 else np.asarray(y, np.int64)
    images = []
    for start in range(0, len(z), TILE):
        stop.check()
        tile = slice(start, start + TILE)
        y_tile = None if classes is None else classes[tile]
        images.append(trained.decode(z[tile], y_tile, clamped=False, stop=stop))
        emit(Progress(min(start + TILE, len(z)), len(z), "decoding"))
    return np.concatenate(images) if images else np.zeros((0, *decoded_shape(trained)), np.float32)


def decoded_shape(trained: Trained) -> tuple[int, int, int]:
    """(H, W', C) of what a code decodes to: both parts side by side for a model that takes mixtures apart."""
    channels, height, width = trained.image_shape
    return height, width * trained.config.model.kind.components, channels


def original(trained: Trained, part: Part, position: int) -> Array | None:
    """The image (H, W, C) uint8 at `position` of a part; None where the run came without its data."""
    if trained.data is None:
        return None
    images = trained.images(part)
    return np.asarray(images.images[position]) if position < len(images) else None


def originals(trained: Trained, part: Part, index: Array) -> Array:
    """Images (B, H, W, C) uint8 at the positions `index` of a part.

    Raises
    ------
    DataError
        Saying what is missing, where the run came without its data.
    """
    # A memory map reads in order much faster than at random.
    order = np.argsort(index, kind="stable")
    found = np.empty((len(index), *trained.images(part).images.shape[1:]), np.uint8)
    found[order] = trained.images(part).images[index[order]]
    return found


def pictures_of(
    trained: Trained, part: Part, codes: Codes, decode: Callable[[Array, Array | None], Array]
) -> tuple[Array, bool]:
    """Images of some kept codes of a part, and whether they are the images themselves.

    Where the run came without its data they are what `decode` makes of codes (B, D) and classes (B,), or None.

    Returns
    -------
    (B, H, W', C) uint8, or float32 in [0, 1] where they are decodes
    """
    if not len(codes):
        return np.zeros((0, 1, 1, 1), np.uint8), True
    if trained.data is not None:
        return originals(trained, part, codes.index), True
    return decode(codes.loc, codes.labels if is_conditional(trained) else None), False


def nearest_rows(trained: Trained, z: Array, count: int, *, own: int | None = None, stop: StopToken = NEVER) -> Array:
    """Rows of the training codes nearest to a code (D,), at most `count`, nearest first.

    `own` is the position of the training image whose code it is: an image is not its own neighbour.
    """
    from latentexplorer.latent.neighbours import nearest

    codes = trained.codes_of("train")
    rows = np.asarray(nearest(z[None], codes.loc, min(count + 1, len(codes.loc)), stop=stop)[0][0])
    if own is not None:
        rows = rows[codes.index[rows] != own]
    return rows[:count]


def centre(trained: Trained) -> Array:
    """Mean of the prior (D,), or of the training codes where there is no prior."""
    if trained.prior is not None:
        return np.full(trained.code_dim, trained.prior.mean, np.float32)
    return np.asarray(trained.codes_of("train").loc.mean(0), np.float32)


def draw(
    trained: Trained, count: int, *, seed: int, source: str = "auto", temperature: float = 1.0, label: int | None = None
) -> tuple[Array, Array | None]:
    """Random codes (count, D), and for a conditional model their classes (count,): `label`, or all classes in turn.

    `source` is `prior`, `fitted` (a density fitted to the training codes), or `auto`: the prior where there is one.
    """
    from latentexplorer.latent.sampler import FittedSampler, PriorSampler, fitted_sampler, prior_sampler

    sampler: PriorSampler | FittedSampler
    if source == "fitted" or (source == "auto" and trained.prior is None):
        sampler = fitted_sampler(trained, seed=seed)
    else:
        sampler = prior_sampler(trained)
    y = None
    if is_conditional(trained):
        y = np.arange(count, dtype=np.int64) % trained.num_classes if label is None else np.full(count, label, np.int64)
    return sampler.sample(count, seed, temperature=temperature, y=y)


def kl_of(trained: Trained, codes: Codes) -> Array | None:
    """KL of each posterior to the prior (N, D) in nats, from the kept codes; None where there is no posterior."""
    if trained.prior is None or codes.scale is None:
        return None
    from latentexplorer.latent.codes import posterior_of

    kl: Array = posterior_of(trained.prior, codes).kl(trained.prior).numpy()
    return kl


def prior_quantiles(trained: Trained, levels: Array) -> Array:
    """The codes below which the given parts (n,) of the prior lie, float64 (n,); the run must have a prior."""
    if trained.prior is None:
        raise NotApplicableError(f"{trained.config.model.kind.title} has no prior", "Use linear spacing")
    import torch

    quantiles: Array = trained.prior.icdf(torch.as_tensor(levels, dtype=torch.float64)).numpy()
    return quantiles


def rmse(x_hat: Array, x: Array) -> Array:
    """Root mean squared error of each decode (B, H, W, C), on [0, 1], of images (B, H, W, C) uint8; (B,) float64."""
    errors: Array = np.empty(len(x))
    for start in range(0, len(x), 256):
        rows = slice(start, start + 256)
        difference = x_hat[rows].astype(np.float64) - x[rows].astype(np.float64) / 255
        errors[rows] = np.sqrt(np.square(difference).mean((1, 2, 3)))
    return errors


def label_note(trained: Trained) -> tuple[str, ...]:
    """That codes tell classes because they were put there by class: the free codes of an auto-decoder may begin so."""
    model = trained.config.model
    if model.kind.encoder or model.code_init != "per-class":
        return ()
    return (BY_LABEL,)


def code_note(trained: Trained) -> tuple[str, ...]:
    """What a person must know before comparing codes: a convolutional code has more numbers than its latent size."""
    asked, numbers = trained.config.model.latent_dim, trained.code_dim
    if numbers == asked or "latent_dim" not in trained.config.model.kind.settings:
        return ()
    return (f"The code has {numbers} numbers, {numbers // asked} for each of {asked} latent channels",)
