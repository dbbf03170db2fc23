"""Maps that took seconds to lay out, kept with their run: where each point lies, and what a t-SNE needs to go on."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from latentexplorer.core.errors import RunError
from latentexplorer.core.wrong_values import in_words
from latentexplorer.runs.folder import RunFolder
from latentexplorer.runs.tensor_file import TensorFile

FOLDER = "maps"
MOST = 8
"""Maps kept with a run; the oldest leaves."""
MAX_BYTES = 64 * 2**20
"""What all of them take at most."""
HEAD_BYTES = 2**16
"""More than the head of a file takes."""
MOST_LOOKED_AT = 200
FARTHEST = 1e9
NAME = re.compile(r"(tsne|umap)-[0-9a-f]{12}\.safetensors")
Steps = Annotated[int, Field(ge=0, le=20_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class MapFacts(BaseModel):
    """What a kept map is of, and how it was laid out.

    Attributes
    ----------
    points : str
        Fingerprint of the codes it was made from, of the images they belong to and of their classes.
    limit, sample : int
        Points asked for at most, and how many of them made the map at most.
    step, steps, early : int
        Of t-SNE: steps done, asked for, and those that pull neighbours together harder.
    finished : bool
        False where it was stopped.
    kl : float or None
        Of a t-SNE: what it minimises, nats; None in files that are older.
    epoch : int
        Of the model whose codes these were.
    written : float
        Seconds since 1970.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, strict=True)

    edition: Literal[1] = 1
    method: Literal["tsne", "umap"]
    part: Literal["train", "test"]
    points: str = Field(pattern=r"^[0-9a-f]{64}$")
    perplexity: float = Field(ge=2, le=500)
    seed: int = Field(ge=0, le=2**31 - 1)
    limit: Count
    sample: Count
    step: Steps = 0
    steps: Steps = 0
    early: Steps = 0
    finished: bool = True
    kl: float | None = None
    epoch: int = Field(ge=0, le=1_000_000)
    written: float = Field(ge=0, le=1e12)
    notes: list[Annotated[str, Field(max_length=500)]] = Field(default_factory=list, max_length=10, fail_fast=True)

    @model_validator(mode="after")
    def _fits(self) -> MapFacts:
        if self.step > self.steps:
            raise ValueError("more steps than were asked for")
        return self

    @property
    def file_name(self) -> str:
        """What its file is called: the same map laid out further, or anew, takes its place."""
        what = (self.method, self.part, self.perplexity, self.seed, self.limit, self.sample, self.early, self.epoch)
        return f"{self.method}-{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:12]}.safetensors"


@dataclass(frozen=True, eq=False)
class KeptMap:
    """A map as it lies in the run's folder.

    Attributes
    ----------
    facts : MapFacts
    index : ndarray (N,), int64
        Positions of the images in their part.
    coords : ndarray (N, 2), float32
    sampled : ndarray (M,), int64
        Rows the map was made from, ascending.
    layout, gains, update : ndarray (M, 2), float64, or None
        Where a t-SNE stands, whole; None of another map.
    """

    facts: MapFacts
    index: np.ndarray
    coords: np.ndarray
    sampled: np.ndarray
    layout: np.ndarray | None = None
    gains: np.ndarray | None = None
    update: np.ndarray | None = None


def kept_maps(folder: RunFolder) -> tuple[list[MapFacts], list[str]]:
    """What is kept with a run, the last written first, and a line for each file that cannot be used.

    Only the heads of the files are read.
    """
    found: list[MapFacts] = []
    wrong: list[str] = []
    try:
        place = folder.file(FOLDER)
        names = [path.name for path in _files(place)] if place.is_dir() else []
    except (RunError, OSError) as error:
        return [], [f"{folder.name}/{FOLDER} cannot be read: {getattr(error, 'what', error)}"]
    for name in names:
        try:
            facts = _facts(_opened(folder, name))
            if facts.file_name != name:
                raise RunError(f"{folder.name}/{FOLDER}/{name} holds another map than its name says")
            found.append(facts)
        except RunError as error:
            wrong.append(error.what)
    return sorted(found, key=lambda facts: (-facts.written, facts.file_name)), wrong


def read_map(folder: RunFolder, facts: MapFacts) -> KeptMap:
    """A kept map.

    Raises
    ------
    RunError
        If its file is damaged, or has gone.
    """
    file = _opened(folder, facts.file_name)
    if _facts(file) != facts:
        raise RunError(f"{folder.name}/{FOLDER}/{facts.file_name} has been replaced", "Open the run again")
    shapes = {name: (file.shapes[name], file.dtypes[name]) for name in file.shapes}
    (count,) = file.shapes.get("index", (0,)) if len(file.shapes.get("index", ())) == 1 else (0,)
    (made,) = file.shapes.get("sampled", (0,)) if len(file.shapes.get("sampled", ())) == 1 else (0,)
    wanted = {"index": ((count,), torch.int64), "coords": ((count, 2), torch.float32)}
    wanted["sampled"] = ((made,), torch.int64)
    if facts.method == "tsne":
        wanted |= dict.fromkeys(("layout", "gains", "update"), ((made, 2), torch.float64))
    if shapes != wanted or not 1 <= made <= count:
        raise file.damaged("it does not hold what a map is made of")
    arrays = {name: tensor.numpy() for name, tensor in file.read(wanted).items()}
    _check(file, arrays, count)
    return KeptMap(facts, **arrays)


def write_map(folder: RunFolder, kept: KeptMap) -> None:
    """Keep a map with its run; the oldest ones leave where there are too many.

    Raises
    ------
    RunError
        If the folder cannot be written to, or the map alone takes more than `MAX_BYTES`.
    """
    names = ("index", "coords", "sampled", "layout", "gains", "update")
    arrays = {name: array for name in names if (array := getattr(kept, name)) is not None}
    if sum(array.nbytes for array in arrays.values()) > MAX_BYTES - HEAD_BYTES:
        raise RunError(
            f"This map takes more than the {MAX_BYTES // 2**20} MB that maps may take", "Lay fewer codes out"
        )
    name = kept.facts.file_name
    place = folder.subfolder(FOLDER)
    if (place / name).is_symlink() or ((place / name).exists() and not (place / name).is_file()):
        raise RunError(f"{folder.name}/{FOLDER}/{name} is not a file", "Delete it")
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    folder.write_tensors(f"{FOLDER}/{name}", tensors, kept.facts.model_dump())
    _prune(folder, place, name)


def _files(place: Path) -> list[Path]:
    """The files of maps; a link is none of them, wherever it leads."""
    paths = (path for path in itertools.islice(place.iterdir(), MOST_LOOKED_AT) if NAME.fullmatch(path.name))
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def _opened(folder: RunFolder, name: str) -> TensorFile:
    path = folder.file(f"{FOLDER}/{name}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RunError(f"{folder.name}/{FOLDER}/{name} is larger than a map can be")
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}", "Check the folder") from None
    return TensorFile(path)


def _facts(file: TensorFile) -> MapFacts:
    try:
        return MapFacts.model_validate(file.info)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise file.damaged(f"{where}: {in_words(first)}") from None


def _check(file: TensorFile, arrays: dict[str, np.ndarray], count: int) -> None:
    """Every number finite and where it may be."""
    for name in ("coords", "layout", "gains", "update"):
        if name in arrays and not (np.abs(arrays[name]) < FARTHEST).all():
            raise file.damaged(f"{name} has numbers that are no places")
    index, sampled = arrays["index"], arrays["sampled"]
    if index.min() < 0 or len(np.unique(index)) != count:
        raise file.damaged("it names images that cannot be")
    if sampled[0] < 0 or sampled[-1] >= count or (np.diff(sampled) <= 0).any():
        raise file.damaged("it was made from points that it does not have")


def _prune(folder: RunFolder, place: Path, newest: str) -> None:
    """Remove the oldest files until those that are left are few and small enough."""
    try:
        sizes = {path.name: path.stat() for path in _files(place)}
    except OSError:
        return
    order = sorted(sizes, key=lambda name: (name != newest, -sizes[name].st_mtime_ns))
    taken = 0
    for number, name in enumerate(order):
        taken += sizes[name].st_size
        if number >= MOST or taken > MAX_BYTES:
            folder.remove(f"{FOLDER}/{name}")
