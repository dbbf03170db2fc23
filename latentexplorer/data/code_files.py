"""Codes in a file: as this program writes them, or an array that another one saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import replacing
from latentexplorer.data.readers.numpy_files import map_npy, open_npz

CODE_KEYS = ("mean", "codes", "z")


def read_codes(path: Path, code_dim: int, stop: StopToken = NEVER) -> tuple[np.ndarray, np.ndarray | None]:
    """Read codes.

    Parameters
    ----------
    path : Path
        An .npz with `mean` (or `codes`, or `z`) (N, D) and optional `labels` (N,); or an .npy (N, D).
    code_dim : int
        The D that is expected.

    Returns
    -------
    z : ndarray (N, D), float32
    labels : ndarray (N,), int64, or None

    Raises
    ------
    DataError
        In one line, if there are no such codes.
    """
    labels = None
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
    return z, None if labels is None else labels.astype(np.int64)


def write_codes(
    path: Path,
    mean: np.ndarray,
    *,
    scale: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    index: np.ndarray | None = None,
) -> None:
    """Write codes into an .npz that `read_codes` reads; the whole file, or none.

    Parameters
    ----------
    mean : ndarray (N, D), float32
        Posterior means.
    scale : ndarray (N, D), float32, or None
        Posterior standard deviations.
    labels : ndarray (N,), int64, or None
        Classes.
    index : ndarray (N,), int64, or None
        Position of each code's image in the data.

    Raises
    ------
    RunError
        Where the file cannot be written.
    """
    given = {"mean": mean, "scale": scale, "labels": labels, "index": index}
    arrays: dict[str, Any] = {name: values for name, values in given.items() if values is not None}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
