"""Codes in a file: as this program writes them, or an array that another one saved."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import reading, replacing
from latentexplorer.data.class_matching import match_classes
from latentexplorer.data.labels import as_text
from latentexplorer.data.readers.numpy_files import map_npy, open_npz

CODE_KEYS = ("mean", "codes", "z")


def read_codes(
    path: Path, code_dim: int, stop: StopToken = NEVER, *, known: Sequence[str] = ()
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read codes.

    Parameters
    ----------
    path : Path
        An .npz with `mean` (or `codes`, or `z`) (N, D) and optional `labels` (N,), with `class_names` (K,) or in the
        numbers of the run; or an .npy (N, D).
    code_dim : int
        The D that is expected.
    known : sequence of str
        The run's classes, for a model that needs them: labels with names are then given as its numbers.

    Returns
    -------
    z : ndarray (N, D), float32
    labels : ndarray (N,), int64, or None

    Raises
    ------
    DataError
        In one line, if there are no such codes, or if they are of a class that the run does not know.
    """
    labels = names = None
    if path.is_file() and not _begins_as_codes_do(path):
        raise DataError(f"{path} is no .npz and no .npy", f"Give codes, shape (N, {code_dim}), as encode writes them")
    if path.suffix.lower() == ".npy":
        z = map_npy(path)
    else:
        with open_npz(path, stop) as file:
            key = next((key for key in CODE_KEYS if key in file.headers), None)
            if key is None:
                raise DataError(
                    f"{path} holds no codes", f"Save them as {' or '.join(CODE_KEYS)}, shape (N, {code_dim})"
                )
            z = file.read(key)
            labels = file.read("labels") if "labels" in file.headers else None
            names = file.read("class_names") if "class_names" in file.headers else None
    if z.ndim != 2 or z.shape[1] != code_dim or not np.issubdtype(z.dtype, np.number) or np.iscomplexobj(z):
        raise DataError(
            f"{path} holds {z.dtype} of shape {z.shape}", f"This run's codes are numbers of shape (N, {code_dim})"
        )
    with np.errstate(over="ignore"):
        z = np.ascontiguousarray(z, np.float32)
    wrong = np.flatnonzero(~np.isfinite(z).all(1))
    if len(wrong):
        raise DataError(f"{path}: code {wrong[0]} is not finite in 32 bits", "Correct or leave out that row")
    if labels is not None and (labels.shape != z.shape[:1] or not np.issubdtype(labels.dtype, np.integer)):
        raise DataError(
            f"{path}: labels are {labels.dtype} of shape {labels.shape}", f"They must be {len(z)} whole numbers"
        )
    if labels is not None and names is not None and known:
        labels = _numbered(path, labels, names, known)
    return z, None if labels is None else labels.astype(np.int64)


def _begins_as_codes_do(path: Path) -> bool:
    try:
        with reading(path) as file:
            return file.read(6).startswith((b"PK", b"\x93NUMPY"))
    except OSError:
        # Whoever reads it says why not.
        return True


def _numbered(path: Path, labels: np.ndarray, names: np.ndarray, known: Sequence[str]) -> np.ndarray:
    """Labels among `names` as numbers among `known`; -1, which is no class, stays."""
    there = labels >= 0
    if names.ndim != 1 or labels.max(initial=-1) >= len(names):
        raise DataError(f"{path}: labels up to {labels.max()} do not fit {names.size} class_names", "Save them again")
    matched = match_classes(known, [as_text(name) for name in names])
    numbers = np.where(there, matched.numbers[np.maximum(labels, 0)] if len(names) else -1, -1)
    if numbers.max(initial=-1) >= len(known):
        strange = matched.names[numbers.max()]
        raise DataError(
            f"{path} holds codes of class {strange!r}, which this run does not know",
            f"Its classes are {', '.join(known)[:300]}",
        )
    return numbers


def write_codes(
    path: Path,
    mean: np.ndarray,
    *,
    scale: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    index: np.ndarray | None = None,
    file: np.ndarray | None = None,
    part: np.ndarray | None = None,
    position: np.ndarray | None = None,
    measured: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write codes into an .npz that `read_codes` reads; the whole file, or none.

    Parameters
    ----------
    mean : ndarray (N, D), float32
        Posterior means.
    scale : ndarray (N, D), float32, or None
        Posterior standard deviations.
    labels : ndarray (N,), int64, or None
        Classes, numbers among `class_names`; -1 where an image has none.
    class_names : sequence of K str
        Written where there are labels.
    index : ndarray (N,), int64, or None
        Position of each code's image in its source.
    file : ndarray (N,) of str, or None
        Its file within the folder.
    part : ndarray (N,) of str, or None
        Which part of the source it is in.
    position : ndarray (N,), int64, or None
        Its position in a run's part, after hold-out and subset: what the run itself counts by.
    measured : mapping of str to ndarray (N,), or None
        What was measured of each code, by name.

    Raises
    ------
    RunError
        Where the file cannot be written.
    """
    given = {"mean": mean, "scale": scale, "labels": labels, "index": index}
    given |= {"file": file, "part": part, "position": position, **(measured or {})}
    if labels is not None and class_names:
        given["class_names"] = np.array(class_names, np.str_)
    # numpy.savez has an argument `file` of its own.
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, values in given.items():
            if values is not None:
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, values, allow_pickle=False)
