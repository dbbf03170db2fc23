"""What the map asks of the window's threads: plain callables without Qt; everything heavy is imported inside."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Refused

Work = Callable[[Emit, StopToken], Any]

SIMILAR = 24


@dataclass(frozen=True)
class Begun:
    """The points are known, their places are not yet: what the map shows until they move."""

    result: Any


def layout(run: Any, settings: dict[str, Any], before: Any = None) -> Work:
    """Work that lays a map out; for t-SNE and UMAP the points are told beforehand, so that they can be watched."""

    def work(emit: Emit, stop: StopToken) -> Any:
        from latentexplorer.views.map import compute
        from latentexplorer.views.registry import settings_of

        asked = settings_of("map", settings)
        try:
            if asked.method in ("tsne", "umap"):
                event: Any = Begun(compute(run, asked.model_copy(update={"method": "pca"}), stop=stop))
                emit(event)
            return compute(run, asked, before=before, emit=emit, stop=stop)
        except LatentExplorerError as error:
            return Refused(error.what, error.todo)

    return work


def resume(result: Any, steps: int) -> Work:
    """Work that goes on with a t-SNE map."""

    def work(emit: Emit, stop: StopToken) -> Any:
        from latentexplorer.views.map import resume as go_on

        return go_on(result, steps, emit=emit, stop=stop)

    return work


def recolor(run: Any, result: Any, settings: dict[str, Any]) -> Work:
    """Work that colours a map by something else."""

    def work(emit: Emit, stop: StopToken) -> Any:
        from latentexplorer.views.map import recolor as again
        from latentexplorer.views.registry import settings_of

        try:
            return again(run, result, settings_of("map", settings), emit=emit, stop=stop)
        except LatentExplorerError as error:
            return Refused(error.what, error.todo)

    return work


def at_once(work: Work) -> Callable[[], Any]:
    """Work that takes milliseconds, as a question for the decoder's thread."""

    def question() -> Any:
        return work(ignore, NEVER)

    return question


def code_at(
    projection: Any, coords: np.ndarray | None, place: tuple[float, float], base: np.ndarray | None
) -> Callable[[], tuple[np.ndarray, str]]:
    """A question: the code at a place of the map, and how it was found. `coords`: of points that still move."""

    def question() -> tuple[np.ndarray, str]:
        if coords is not None:
            from latentexplorer.latent.projection import weighted_code

            return weighted_code(coords, projection.codes, np.asarray(place, np.float64))
        found: tuple[np.ndarray, str] = projection.code_at(place, base)
        return found

    return question


def about(projection: Any, codes: Sequence[np.ndarray]) -> Callable[[], np.ndarray]:
    """A question: about where codes lie on the map, (M, 2)."""

    def question() -> np.ndarray:
        places: np.ndarray = projection.place_roughly(np.stack(codes))
        return places

    return question


def similar(codes: np.ndarray, row: int) -> Callable[[], np.ndarray]:
    """A question: rows of the codes nearest to one of them, itself first."""

    def question() -> np.ndarray:
        from latentexplorer.latent.neighbours import nearest

        found: np.ndarray = nearest(codes[row : row + 1], codes, SIMILAR)[0][0]
        return found

    return question


def write_selection(path: Path, run: Any, part: str, index: np.ndarray) -> Work:
    """Work that writes selected codes: `.npz` as `encode` writes them, or their positions as `.csv`."""

    def work(emit: Emit, stop: StopToken) -> Path:
        from latentexplorer.core.paths import atomic_write

        codes = run.codes_of(part)
        codes = codes.take(np.flatnonzero(np.isin(codes.index, index)))
        if path.suffix.lower() == ".csv":
            atomic_write(path, _table(codes, part, run.class_names).encode())
            return path
        arrays = {"mean": codes.loc, "scale": codes.scale, "labels": codes.labels, "index": codes.index}
        out = io.BytesIO()
        np.savez(out, **{name: values for name, values in arrays.items() if values is not None})
        atomic_write(path, out.getvalue())
        return path

    return work


def _table(codes: Any, part: str, names: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["part", "index", "label", "class"])
    for row, position in enumerate(codes.index.tolist()):
        label = "" if codes.labels is None else int(codes.labels[row])
        name = names[label] if isinstance(label, int) and label < len(names) else ""
        writer.writerow([part, position, label, name])
    return out.getvalue()
