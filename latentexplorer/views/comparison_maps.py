"""Maps of several runs side by side, laid onto the first one where they show the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError
from latentexplorer.core.events import Emit
from latentexplorer.views import map as map_view
from latentexplorer.views.base import PART_NAMES, Array, count_text
from latentexplorer.views.compared import Entry, Result, nothing, same_images
from latentexplorer.views.comparison_settings import Settings
from latentexplorer.views.loss import distinct

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

EDGE = 0.04
"""Empty room around aligned points, by their extent."""


def maps(runs: Sequence[Trained], settings: Settings, emit: Emit, stop: StopToken) -> Result:
    """A map of each run that keeps codes of the part."""
    names = distinct([run.name for run in runs])
    entries = [_entry(run, name, settings, emit, stop) for run, name in zip(runs, names, strict=True)]
    shown = [entry for entry in entries if entry.map is not None]
    if len(shown) < 2:
        left_out = next(entry for entry in entries if entry.why)
        raise NotApplicableError(f"{left_out.name}: {left_out.why}", "Losses and numbers can still be compared")
    first = next(run for run, entry in zip(runs, entries, strict=True) if entry.map is not None)
    entries = _on_one_list(
        [replace(entry, shared=same_images(run, first)) for run, entry in zip(runs, entries, strict=True)]
    )
    notes = [note for entry in shown if entry.map for note in entry.map.notes]
    if settings.align:
        entries, said = _aligned(entries)
        notes = [*said, *notes]
    none = np.empty(0)
    return Result(
        entries=tuple(entries),
        show="maps",
        originals=none,
        fingerprint=first.info.fingerprint,
        index=none,
        labels=None,
        class_names=runs[0].class_names,
        part=settings.part,
        title="Comparison",
        subtitle=f"{PART_NAMES[settings.part]} codes of {len(shown)} runs",
        notes=tuple(dict.fromkeys([*notes, *(f"{entry.name}: {entry.why}" for entry in entries if entry.why)])),
    )


def pair_of_maps(
    runs: Sequence[Trained], names: Sequence[str], settings: Settings, emit: Emit, stop: StopToken
) -> tuple[list[Entry], list[str]]:
    """Maps of two runs whose codes are of the same images row by row, the second laid onto the first; what is to be
    said of that. Positions are those of the first run on both.

    Raises
    ------
    NotApplicableError
        Where either has no such map.
    """
    entries = [_entry(run, name, settings, emit, stop) for run, name in zip(runs, names, strict=True)]
    for entry in entries:
        if entry.map is None:
            raise NotApplicableError(f"{entry.name}: {entry.why}", "Choose another map")
    index = runs[0].codes[settings.part].index
    laid = [
        replace(entry, map=replace(entry.map, index=index, area=None)) for entry in entries if entry.map is not None
    ]
    return _aligned(_on_one_list(laid))


def _entry(run: Trained, name: str, settings: Settings, emit: Emit, stop: StopToken) -> Entry:
    method = settings.method
    if method == "auto":
        method = "dims" if run.code_dim <= 2 else "pca"
    wanted = map_view.Settings(method=method, part=settings.part, limit=settings.limit, seed=settings.seed)
    try:
        found = map_view.compute(run, wanted, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return nothing(run, name, error)
    none = np.empty(0)
    return Entry(name, f"{count_text(run.code_dim, 'number')}, {_how(found)}", none, none, found)


def _how(found: map_view.Result) -> str:
    """`2 components, 61 %`: of the variance."""
    from latentexplorer.latent.projection import PrincipalMap

    if isinstance(found.projection, PrincipalMap):
        return f"2 components, {100 * sum(found.projection.found.share[:2]):.0f} %"
    return {"dims": "raw dimensions", "tsne": "t-SNE", "umap": "UMAP"}.get(found.method, found.method)


def _on_one_list(entries: Sequence[Entry]) -> list[Entry]:
    """Maps with one list of groups, so that a class has one colour on all of them, whatever its number in a run."""
    names = tuple(dict.fromkeys(name for entry in entries if entry.map for name in entry.map.group_names))
    place = {name: number for number, name in enumerate(names)}
    listed = []
    for entry in entries:
        found = entry.map
        if found is not None and found.groups is not None:
            numbers = np.array([place[name] for name in found.group_names], np.int64)
            entry = replace(entry, map=replace(found, groups=numbers[found.groups], group_names=names))
        listed.append(entry)
    return listed


def _aligned(entries: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """Maps laid onto the first one over the images that both show, and what is to be said of that."""
    from latentexplorer.latent.alignment import align

    target = next(entry.map for entry in entries if entry.map is not None)
    laid, apart, counts = [], [], []
    for entry in entries:
        found = entry.map
        if found is None or found is target:
            laid.append(entry)
            continue
        shared, mine, theirs = np.intersect1d(found.index, target.index, return_indices=True)
        try:
            if not entry.shared:
                raise NotApplicableError("it was trained on other images")
            alignment = align(found.coords[mine], target.coords[theirs])
        except NotApplicableError as error:
            apart.append(f"{entry.name} is not aligned: {error.what[:1].lower()}{error.what[1:]}")
            laid.append(entry)
            continue
        counts.append(len(shared))
        coords = alignment(found.coords).astype(np.float32)
        laid.append(replace(entry, map=replace(found, coords=coords, axes=("", "")), fit=alignment.share))
    if not counts:
        return laid, apart
    area = _area([entry.map.coords for entry in laid if entry.map and (entry.fit is not None or entry.map is target)])
    framed = [
        replace(entry, map=replace(entry.map, area=area))
        if entry.map is not None and (entry.fit is not None or entry.map is target)
        else entry
        for entry in laid
    ]
    name = next(entry.name for entry in laid if entry.map is target)
    over = f"{min(counts):,} shared images"
    said = f"Maps are turned, mirrored and scaled onto that of {name} over {over} (Procrustes); fit: its R²"
    return framed, [said, *apart]


def _area(coords: Sequence[Array]) -> tuple[float, float, float, float]:
    """Left, right, bottom and top around all points."""
    points = np.concatenate(list(coords))
    low, high = points.min(0).astype(float), points.max(0).astype(float)
    edge = EDGE * np.maximum(high - low, 1e-6)
    low, high = low - edge, high + edge
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
