"""What measuring the ways back from a map has found, kept with its run: errors of each way, numbers of the network."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from latentexplorer.core.errors import RunError
from latentexplorer.core.wrong_values import in_words
from latentexplorer.runs.folder import RunFolder
from latentexplorer.runs.kept_maps import FOLDER, MOST_LOOKED_AT
from latentexplorer.runs.tensor_file import TensorFile

MOST = 8
"""Kept with a run; the oldest leaves."""
MAX_BYTES = 8 * 2**20
"""Of one file: a network to codes of several thousand numbers."""
FARTHEST = 1e12
NAME = re.compile(r"inverse-[0-9a-f]{12}\.safetensors")
LAYERS = 3
Way = Literal["exact", "nearest", "neighbours", "network"]


class InverseFacts(BaseModel):
    """What the ways were measured on.

    Attributes
    ----------
    of : str
        Fingerprint of the map, its codes, the epoch of their model and the seed.
    ways : list of str
        That were measured; each has a row of errors.
    chance : (float, float)
        See `latentexplorer.latent.inverse_maps.InverseMap`.
    scale, width : float
        Of the network; 0 where there is none.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    edition: Literal[1] = 1
    of: str = Field(pattern=r"^[0-9a-f]{64}$")
    ways: list[Way] = Field(min_length=1, max_length=4, fail_fast=True)
    chance: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]
    scale: float = Field(0.0, ge=0)
    width: float = Field(0.0, ge=0)

    @property
    def file_name(self) -> str:
        """What its file is called."""
        return name_of(self.of)


@dataclass(frozen=True, eq=False)
class KeptInverse:
    """What lies in the file: `facts`, and arrays by name.

    `rows` (H,), `places` (H, 2), `gaps` (H,), `alone` (H,) bool, `code` and `pixel` (W, H), a row a way; of a network
    also `centre` (2,), `waves` (2, V), `mean` (D,), `weight0` (1, I, O), `bias0` (1, 1, O) and so on.
    """

    facts: InverseFacts
    arrays: dict[str, np.ndarray]


def name_of(fingerprint: str) -> str:
    """The file of what was measured on a map."""
    return f"inverse-{fingerprint[:12]}.safetensors"


def read_inverse(folder: RunFolder, fingerprint: str, points: int, dims: int) -> KeptInverse | None:
    """What was measured on a map of so many points and codes (N, D); None where nothing is kept.

    Raises
    ------
    RunError
        If the file is damaged.
    """
    path = folder.file(f"{FOLDER}/{name_of(fingerprint)}")
    try:
        if path.is_symlink() or not path.is_file():
            return None
        if path.stat().st_size > MAX_BYTES:
            raise RunError(f"{folder.name}/{FOLDER}/{path.name} is larger than it can be", "Delete it")
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}", "Check the folder") from None
    file = TensorFile(path)
    try:
        facts = InverseFacts.model_validate(file.info)
    except ValidationError as error:
        raise file.damaged(in_words(error.errors(include_url=False)[0])) from None
    if facts.of != fingerprint:
        return None
    wanted = _wanted(file, facts, dims)
    if wanted != {name: (file.shapes[name], file.dtypes[name]) for name in file.shapes}:
        raise file.damaged("it does not hold what was measured")
    arrays = {name: tensor.numpy() for name, tensor in file.read(wanted).items()}
    for name, array in arrays.items():
        if array.dtype == np.float64 and not (np.abs(array) < FARTHEST).all():
            raise file.damaged(f"{name} has numbers that cannot be")
    rows, errors = arrays["rows"], (arrays["code"], arrays["pixel"], arrays["gaps"])
    if not len(rows) or rows.min() < 0 or rows.max() >= points or not arrays["alone"].any():
        raise file.damaged("it names points that the map does not have")
    if any((values < 0).any() for values in errors):
        raise file.damaged("it has errors below nothing")
    return KeptInverse(facts, arrays)


def write_inverse(folder: RunFolder, kept: KeptInverse) -> None:
    """Keep what was measured; the oldest leaves where there are too many.

    Raises
    ------
    RunError
        If the folder cannot be written to, or it takes more than `MAX_BYTES`.
    """
    if sum(array.nbytes for array in kept.arrays.values()) > MAX_BYTES // 2:
        raise RunError("A network to codes of so many numbers is too large to be kept")
    name = kept.facts.file_name
    place = folder.subfolder(FOLDER)
    if (place / name).is_symlink() or ((place / name).exists() and not (place / name).is_file()):
        raise RunError(f"{folder.name}/{FOLDER}/{name} is not a file", "Delete it")
    tensors = {key: torch.from_numpy(np.ascontiguousarray(array)) for key, array in kept.arrays.items()}
    folder.write_tensors(f"{FOLDER}/{name}", tensors, kept.facts.model_dump())
    _prune(folder, place, name)


def _wanted(file: TensorFile, facts: InverseFacts, dims: int) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    """Shapes and kinds of what belongs into the file."""
    hidden = file.shapes.get("rows", (0,))
    if len(hidden) != 1:
        raise file.damaged("it does not hold what was measured")
    (count,) = hidden
    numbers, ways = torch.float64, len(facts.ways)
    wanted: dict[str, tuple[tuple[int, ...], torch.dtype]] = {
        "rows": ((count,), torch.int64),
        "places": ((count, 2), numbers),
        "gaps": ((count,), numbers),
        "alone": ((count,), torch.bool),
        "code": ((ways, count), numbers),
        "pixel": ((ways, count), numbers),
    }
    if "network" not in facts.ways:
        return wanted
    if not (facts.scale and facts.width):
        raise file.damaged("its network has no scale")
    waves, hidden_units = ((file.shapes.get(name) or (0,))[-1] for name in ("waves", "bias0"))
    sizes = (2 + 2 * waves, *[hidden_units] * (LAYERS - 1), dims)
    wanted |= {"centre": ((2,), numbers), "waves": ((2, waves), numbers), "mean": ((dims,), numbers)}
    for layer, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        wanted |= {f"weight{layer}": ((1, inputs, outputs), numbers), f"bias{layer}": ((1, 1, outputs), numbers)}
    return wanted


def _prune(folder: RunFolder, place: Path, newest: str) -> None:
    try:
        paths = [path for path in itertools.islice(place.iterdir(), MOST_LOOKED_AT) if NAME.fullmatch(path.name)]
        times = {path.name: path.lstat().st_mtime_ns for path in paths if path.is_file() and not path.is_symlink()}
    except OSError:
        return
    for name in sorted(times, key=lambda name: (name != newest, -times[name]))[MOST:]:
        folder.remove(f"{FOLDER}/{name}")
