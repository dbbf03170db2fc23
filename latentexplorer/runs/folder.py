"""The run folder: everything a run leaves behind, written whole and checked when it is read."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import RunError, SettingsError
from latentexplorer.core.history import History
from latentexplorer.core.paths import atomic_write, child, expanded, printable, slug, unwritable
from latentexplorer.core.places import absolute
from latentexplorer.core.settings_text import MAX_CONFIG_BYTES, PATHS
from latentexplorer.runs.bookmarks import NAME as BOOKMARKS
from latentexplorer.runs.bookmarks import Bookmark, checked
from latentexplorer.runs.dimension_history import DimensionHistory
from latentexplorer.runs.identity import NAME as IDENTITY
from latentexplorer.runs.identity import check_identity, identity_of, new_identity
from latentexplorer.runs.lock import Lock, is_locked, locked
from latentexplorer.runs.new_place import check_new
from latentexplorer.runs.small_texts import json_of, read_json, read_text
from latentexplorer.runs.tensor_file import write_tensors

if TYPE_CHECKING:
    from torch import Tensor

LOCATED = "located.json"
SUBFOLDERS = ("checkpoint", "snapshots", "figures", "pictures", "maps")

STATUSES = ("empty", "training", "interrupted", "stopped", "failed", "finished")
"""What a run can be: only its settings are there; being trained now; killed while it trained; stopped by a person;
ended by an error, its last good state kept; done."""


class RunFolder:
    """A run on disk. Made by `create` or `open`.

    Everything that is written into a run goes through this class: each of its writers makes sure first that the folder
    is still the one that is held for training, or else that it still holds the run that was opened.

    Attributes
    ----------
    path : Path
    config : RunConfig
    identity : str
        What the run that was made or opened is known by; "" where nothing tells it from others.
    """

    def __init__(self, path: Path, config: RunConfig) -> None:
        self.path = path
        self.config = config
        self._lock: Lock | None = None
        self.identity = ""

    @classmethod
    def create(cls, path: Path | str, config: RunConfig) -> RunFolder:
        """Make a new run. Paths in its settings are kept as they lead there from anywhere.

        Parameters
        ----------
        path : Path
            A folder that is not there yet, or is empty.
        config : RunConfig

        Raises
        ------
        RunError
            If the folder holds anything, or cannot be written to.
        """
        path = expanded(path)
        check_new(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path / "config.json", error) from error
        folder = cls(path, absolute(config))
        folder.write_config(folder.config)
        folder.set_status("empty")
        folder._write(IDENTITY, new_identity())
        folder.identity = identity_of(path)
        return folder

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """Open a run that is there, and check its settings.

        Raises
        ------
        RunError
            If it is no run or its settings are damaged.
        """
        path = expanded(path)
        try:
            there = path.is_dir()
        except OSError as error:
            raise RunError(f"{path} cannot be opened: {error.strerror or error}", "Check its permissions") from None
        if not there:
            raise RunError(f"There is no run at {path}", "Check the path, or open another run")
        text = read_text(path, "config.json", MAX_CONFIG_BYTES)
        if text is None:
            raise RunError(f"{path} holds no run: there is no config.json", "Choose a folder that a training made")
        try:
            config = RunConfig.from_json(text, cls(path, RunConfig()).image_shape)
        except SettingsError as error:
            raise RunError(f"{path.name}/config.json is damaged: {error.what}", "Restore it from a copy") from None
        folder = cls(path, config)
        folder.identity = identity_of(path)
        return folder

    @property
    def name(self) -> str:
        """The folder's own name, as text that can be shown anywhere."""
        return printable(self.path.resolve().name)

    def file(self, name: str) -> Path:
        """The path of a file or folder inside the run; refuses names and links that lead out of it."""
        return child(self.path, name)

    # -- settings, history and results ---------------------------------------------------------------------------

    def write_config(self, config: RunConfig) -> None:
        """Replace the settings."""
        self._write("config.json", config.to_json().encode())
        self.config = config

    @property
    def history(self) -> History:
        """The metric table, a row per epoch; empty before the first."""
        return self.read_history()

    def read_history(self, stop: StopToken = NEVER) -> History:
        """`history`, for who may be told to stop while it is read."""
        path = self.file("history.csv")
        try:
            return History.load(path, stop)
        except (OSError, ValueError, OverflowError) as error:
            raise RunError(f"{path} cannot be read: {error}", "Check the folder") from None

    def write_history(self, history: History) -> None:
        """Replace the metric table."""
        history.save(self.path / "history.csv", self._check_owner)

    @property
    def dimensions(self) -> DimensionHistory:
        """What each dimension carried, a row an epoch; empty before the first, and in runs that keep none."""
        return self.read_dimensions()

    def read_dimensions(self, stop: StopToken = NEVER) -> DimensionHistory:
        """`dimensions`, for who may be told to stop while they are read."""
        path = self.file("dimensions.csv")
        try:
            return DimensionHistory.load(path, stop)
        except (OSError, ValueError, OverflowError) as error:
            raise RunError(f"{path} cannot be read: {error}", "Check the folder") from None

    def write_dimensions(self, dimensions: DimensionHistory) -> None:
        """Replace the table of dimensions."""
        dimensions.save(self.path / "dimensions.csv", self._check_owner)

    @property
    def metrics(self) -> dict[str, Any]:
        """Results, as `evaluate --json` prints them; before it ran those of the last epoch, whose kind is `running`."""
        return read_json(self.path, "metrics.json")

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Replace the results. Numbers that are not finite become null."""
        self._write_json("metrics.json", metrics)

    @property
    def environment(self) -> dict[str, Any]:
        """Where and with what it was trained; empty before training."""
        return read_json(self.path, "environment.json")

    @property
    def data_notes(self) -> tuple[str, ...]:
        """What was changed or left out when its images were read, a line each; empty before training."""
        notes = self._data_facts().get("notes")
        return tuple(note for note in notes if isinstance(note, str)) if isinstance(notes, list) else ()

    @property
    def whites(self) -> dict[str, float]:
        """Which values became white when its images were read, by kind of number; empty where that is not known."""
        whites = self._data_facts().get("whites")
        found = whites.items() if isinstance(whites, dict) else ()
        return {kind: float(white) for kind, white in found if isinstance(white, int | float) and 0 < white < 1e300}

    def _data_facts(self) -> dict[str, Any]:
        data = self.environment.get("data")
        return data if isinstance(data, dict) else {}

    @property
    def image_shape(self) -> tuple[int, int, int] | None:
        """(C, H, W) of the images it was trained on, where that is known."""
        with contextlib.suppress(RunError):
            match self._data_facts().get("image_shape"):
                case [1 | 3 as channels, int(height), int(width)] if (
                    2 <= min(height, width) <= max(height, width) <= 4096
                ):
                    return channels, height, width
        return None

    def bf16_on(self, device: str) -> bool:
        """Whether it was trained with bfloat16 matrix products, chosen on such a device ("cpu" or "cuda")."""
        numerics = self.environment.get("numerics")
        return isinstance(numerics, dict) and numerics.get("bf16") is True and numerics.get("device") == device

    def write_environment(self, environment: Mapping[str, Any]) -> None:
        """Replace the description of where it was trained."""
        self._write_json("environment.json", environment)

    @property
    def bookmarks(self) -> list[Bookmark]:
        """Codes that a person gave a name, in their order.

        Raises
        ------
        RunError
            If the file is damaged; nothing of it is used then.
        """
        return checked(read_json(self.path, BOOKMARKS), self.name)

    def write_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        """Replace the bookmarks."""
        self._write_json(BOOKMARKS, {"bookmarks": [bookmark.model_dump() for bookmark in bookmarks]})

    @property
    def attributes(self) -> dict[str, Any]:
        """What the file of directions holds, unchecked: `latentexplorer.runs.attributes` does."""
        return read_json(self.path, "attributes.json")

    def write_attributes(self, content: Mapping[str, Any]) -> None:
        """Replace the file of directions."""
        self._write_json("attributes.json", content)

    def keep_picture(self, name: str, png: bytes) -> str:
        """Keep a picture that was pasted or drawn, under its name and what it shows; its path within the folder."""
        file = f"{slug(name)}-{hashlib.sha256(png).hexdigest()[:8]}.png"
        path = self.subfolder("pictures") / file
        if not path.is_file():
            atomic_write(path, png, self._check_owner)
        return f"pictures/{file}"

    @property
    def located(self) -> dict[str, str]:
        """Where its images are since somebody said so, by setting ("data.path"); empty where they are where they were.

        A damaged file says nothing: the images are then looked for where they were.
        """
        try:
            said = read_json(self.path, LOCATED)
        except RunError:
            return {}
        return {key: path for key in PATHS if isinstance(path := said.get(key), str) and 0 < len(path) < 10_000}

    def write_located(self, places: Mapping[str, str]) -> None:
        """Remember where its images are; its settings go on saying where they were."""
        self._write_json(LOCATED, places)

    def log(self, line: str) -> None:
        """Append one line with the time to `log.txt`."""
        path = self.path / "log.txt"
        self._check_owner()
        try:
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise RunError(f"{path} is not a file", "The run is damaged or was made to do harm: do not use it")
            with path.open("a", encoding="utf-8") as handle:
                handle.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}  {' '.join(line.split())}\n")
        except OSError as error:
            raise unwritable(path, error) from error

    def write_tensors(self, name: str, tensors: Mapping[str, Tensor], info: Mapping[str, Any]) -> None:
        """Replace a file of tensors and JSON facts; `name` may lie in a `subfolder`. Raises as `tensor_file` does."""
        write_tensors(self.file(name), tensors, info, self._check_owner)

    def remove(self, name: str) -> None:
        """Delete a file of the run, if it is there and can be deleted."""
        self._check_owner()
        with contextlib.suppress(OSError):
            self.file(name).unlink(missing_ok=True)

    # -- status --------------------------------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """One of `STATUSES`. A run that says it is training but that nobody trains was interrupted."""
        status = read_json(self.path, "status.json").get("status", "empty")
        if status not in STATUSES:
            raise RunError(f"{self.name}/status.json is damaged", "Delete it; the run opens without")
        if status == "training" and not is_locked(self.path):
            return "interrupted"
        return str(status)

    @property
    def message(self) -> str:
        """Why it stopped or failed, one line; mostly empty."""
        message = read_json(self.path, "status.json").get("message", "")
        return message[:2000] if isinstance(message, str) else ""

    def set_status(self, status: str, message: str = "") -> None:
        """Say how the run is, for whoever opens it next."""
        if status not in STATUSES:
            raise ValueError(status)
        self._write_json("status.json", {"status": status, "message": message})

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """Hold the folder for training, so that no second process trains into it.

        Meanwhile nothing is written where the folder has been moved, deleted or replaced by another one.

        Raises
        ------
        RunError
            If another process holds it.
        """
        with locked(self.path) as lock:
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def discard_empty(self) -> None:
        """Take away a run that came to nothing before its training began, so that the next one can have its place."""
        try:
            # What somebody puts into its place looks as empty before its own files have come.
            self._check_owner()
        except RunError:
            return
        if self.status != "empty":
            return
        self.clear_leftovers()
        for name in ("config.json", "status.json", IDENTITY, "log.txt", ".lock"):
            with contextlib.suppress(OSError):
                (self.path / name).unlink()
        # What else lies there stays.
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def clear_leftovers(self) -> None:
        """Remove half-written files of a process that was killed."""
        for folder in (self.path, *(self.path / name for name in SUBFOLDERS)):
            for leftover in folder.glob(".*.tmp") if folder.is_dir() else ():
                with contextlib.suppress(OSError):
                    leftover.unlink()

    # -- folders -------------------------------------------------------------------------------------------------

    def subfolder(self, name: str) -> Path:
        """One of `SUBFOLDERS`, made if it is not there."""
        path = self.file(name)
        self._check_owner()
        try:
            # Not parents=True: a run folder that was deleted is not to come back half.
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error
        return path

    @property
    def figures_dir(self) -> Path:
        """The folder of exported figures, made if it is not there."""
        return self.subfolder("figures")

    @property
    def modified(self) -> float:
        """When anything about the run was last written, in seconds since 1970."""
        times = [0.0]
        for name in ("config.json", "history.csv", "status.json", "metrics.json", "model.safetensors"):
            with contextlib.suppress(OSError):
                times.append((self.path / name).stat().st_mtime)
        return max(times)

    # -- helpers -------------------------------------------------------------------------------------------------

    def _write_json(self, name: str, values: Mapping[str, Any]) -> None:
        self._write(name, json_of(values).encode())

    def _write(self, name: str, content: bytes) -> None:
        atomic_write(self.path / name, content, self._check_owner)

    def _check_owner(self) -> None:
        """Raise if its name leads to another folder than the one held for training, or to another run, by now."""
        if self._lock is not None:
            self._lock.check()
        else:
            check_identity(self.path, self.identity)
