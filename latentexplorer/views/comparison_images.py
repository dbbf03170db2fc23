"""The same images through several runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError, LatentExplorerError, NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, Notice, Progress, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.views.base import PART_NAMES, Array, count_text
from latentexplorer.views.comparable import size_words
from latentexplorer.views.compared import Entry, Result, nothing, same_images, text_of
from latentexplorer.views.comparison_settings import Settings
from latentexplorer.views.lookup import class_number, code_note, decode, originals, rmse
from latentexplorer.views.loss import distinct

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

ENCODED, FITTED = 500, 60
"""Images that are looked through for the largest differences, at most: where all runs know their codes or have an
encoder, and where codes must be fitted."""
STILL = "Losses and numbers can still be compared"


def images(runs: Sequence[Trained], settings: Settings, emit: Emit, stop: StopToken) -> Result:
    """Reconstructions of the same images by each run that can make them."""
    names = distinct([run.name for run in runs])
    source = _source(runs)
    index, said = _chosen(runs, source, settings, emit, stop)
    x = originals(source, settings.part, index)
    entries = [_entry(run, name, source, settings, index, x, emit, stop) for run, name in zip(runs, names, strict=True)]
    shown = [entry for entry in entries if not entry.why]
    if len(shown) < 2:
        raise _refusal(entries)
    labels = source.images(settings.part).labels
    notes = [f"{run.name}: {note}" for run in runs for note in code_note(run)]
    notes += [f"{entry.name}: {entry.why}" for entry in entries if entry.why]
    notes += [
        f"{run.name} was trained on other images than {source.name}"
        for run, entry in zip(runs, entries, strict=True)
        if not entry.why and not same_images(run, source)
    ]
    return Result(
        entries=tuple(entries),
        show="images",
        originals=x,
        source=source.name,
        fingerprint=source.info.fingerprint,
        index=index,
        labels=None if labels is None else labels[index],
        class_names=source.class_names,
        part=settings.part,
        title="Comparison",
        subtitle=f"{count_text(len(index), f'{PART_NAMES[settings.part]} image')}{said} in {len(shown)} runs",
        notes=tuple(dict.fromkeys(notes)),
    )


def _source(runs: Sequence[Trained]) -> Trained:
    """The first run whose images are there, and which reconstructs images at all."""
    there = [run for run in runs if run.data is not None]
    if not there:
        raise DataError(f"The images of {runs[0].name} are not there", runs[0].missing)
    return next((run for run in there if not run.config.model.kind.separates), there[0])


def _refusal(entries: Sequence[Entry]) -> LatentExplorerError:
    first = next(entry for entry in entries if entry.why)
    return SettingsError(f"{first.name}: {first.why.removesuffix(f'. {STILL}')}", STILL)


def _entry(
    run: Trained,
    name: str,
    source: Trained,
    settings: Settings,
    index: Array,
    x: Array,
    emit: Emit,
    stop: StopToken,
) -> Entry:
    if run.config.model.kind.separates:
        return nothing(run, name, f"it takes mixtures apart and does not reconstruct an image. {STILL}")
    if run.image_shape != source.image_shape:
        sizes = size_words(run.image_shape), size_words(source.image_shape)
        return nothing(run, name, f"it knows images of {sizes[0]}, these are {sizes[1]}. {STILL}")
    try:
        x_hat = _decodes(run, source, settings, index, x, emit, stop)
    except LatentExplorerError as error:
        return nothing(run, name, f"{error.what}. {STILL}")
    return Entry(name, text_of(run), x_hat, rmse(x_hat, x))


def _decodes(
    run: Trained, source: Trained, settings: Settings, index: Array, x: Array, emit: Emit, stop: StopToken
) -> Array:
    """What a run makes of images (B, H, W, C) at positions of a part of the source."""
    from latentexplorer.latent.classes import labels_of

    labels: Array | None
    if run is source:
        known = source.images(settings.part).labels
        labels = None if known is None else known[index]
    else:
        labels = labels_of(run, source.images(settings.part).take(index))
    codes = _codes(run, source, settings, index, x, labels, emit, stop)
    return decode(run, codes.loc, labels, emit=emit, stop=stop)


def _codes(
    run: Trained,
    source: Trained,
    settings: Settings,
    index: Array,
    x: Array,
    labels: Array | None,
    emit: Emit,
    stop: StopToken,
) -> Codes:
    """Codes of the images in a run: the kept ones where it was trained on the same data, else found anew."""
    codes = run.codes.get(settings.part)
    if codes is not None and same_images(run, source) and np.isin(index, codes.index).all():
        place = {int(position): row for row, position in enumerate(codes.index)}
        return codes.take([place[int(position)] for position in index])
    from latentexplorer.latent.codes import FIT_STEPS, infer

    if not run.config.model.kind.encoder:
        emit(Notice(f"{run.name} keeps no codes of these images: fitting them"))
    # Beside an encoder a fit that is cut off would look worse than the model is.
    return infer(run, x, labels, steps=FIT_STEPS, seed=settings.seed, emit=emit, stop=stop).codes


# -- which images ------------------------------------------------------------------------------------------------------


def _chosen(
    runs: Sequence[Trained], source: Trained, settings: Settings, emit: Emit, stop: StopToken
) -> tuple[Array, str]:
    """Positions of the images that are shown, and how they were chosen in words."""
    data, part = source.images(settings.part), PART_NAMES[settings.part]
    if settings.index:
        index = np.array(settings.index, np.int64)
        if index.max() >= len(data):
            raise SettingsError(f"There are {len(data):,} {part} images, counted from 0", "Choose among them")
        return index, ""
    candidates, said = _candidates(runs, source, settings), ""
    if settings.label:
        number = class_number(source, settings.label)
        labels = data.labels
        candidates = candidates[labels[candidates] == number] if labels is not None else candidates[:0]
        said = f" of {source.class_names[number]}"
    if not len(candidates):
        raise NotApplicableError(f"There are no {part} images{said}", "Choose another class, or other images")
    rng = np.random.default_rng(settings.seed)
    if settings.order == "random":
        candidates = rng.permutation(candidates)
    elif settings.order == "differences":
        candidates, looked = _by_difference(runs, source, settings, candidates, emit, stop)
        said += f", those that differ most of {looked:,}"
    return candidates[: settings.count], said


def _candidates(runs: Sequence[Trained], source: Trained, settings: Settings) -> Array:
    """Positions of a part; those of which runs without an encoder keep codes, where there are any, and no others."""
    found = np.arange(len(source.images(settings.part)), dtype=np.int64)
    for run in runs:
        kept = run.codes.get(settings.part)
        if kept is not None and same_images(run, source) and not run.config.model.kind.encoder:
            some = found[np.isin(found, kept.index)]
            found = some if len(some) else found
    return found


def _by_difference(
    runs: Sequence[Trained], source: Trained, settings: Settings, candidates: Array, emit: Emit, stop: StopToken
) -> tuple[Array, int]:
    """Candidates by how much the errors of the runs differ on them, the largest first; how many were looked at."""
    able = [run for run in runs if run.image_shape == source.image_shape and not run.config.model.kind.separates]
    fits = any(
        not run.config.model.kind.encoder
        and not (same_images(run, source) and settings.part in run.codes and len(run.codes[settings.part]))
        for run in able
    )
    most = FITTED if fits else ENCODED
    rows = spaced(len(candidates), most)
    looked = candidates[rows]
    x = originals(source, settings.part, looked)
    errors = []
    for at, run in enumerate(able):
        emit(Progress(at, len(able), f"looking through {len(looked):,} images"))
        try:
            errors.append(rmse(_decodes(run, source, settings, looked, x, ignore, stop), x))
        except LatentExplorerError:
            continue  # It says why where its pictures would stand.
    if len(errors) < 2:
        return looked, len(looked)
    spread = np.ptp(np.stack(errors), axis=0)
    return looked[np.argsort(-spread, kind="stable")], len(looked)
