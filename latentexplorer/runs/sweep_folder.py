"""A folder of runs that were trained to be compared: ordinary runs, and `sweep.json`, which says what they vary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from latentexplorer.core.config import RunConfig
from latentexplorer.core.differences import NOT_COMPARED
from latentexplorer.core.errors import RunError, SettingsError
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import atomic_write, child, expanded, may_be_made, printable, unwritable
from latentexplorer.core.places import absolute
from latentexplorer.core.settings_text import as_setting, parse_setting
from latentexplorer.core.sweeps import SEED, Combination, check_varied, configured
from latentexplorer.runs.lock import is_locked, locked

NAME = "sweep.json"
MAX_BYTES = 4 * 2**20
MOST_KEPT = 10_000
"""Runs of a sweep: ten times as many as are asked for at once. Each is checked with all of its settings."""


class _Run(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$")
    changes: tuple[str, ...] = Field(max_length=50, fail_fast=True)
    seed: int = Field(ge=0, le=2**31 - 1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    settings: dict[str, object]
    vary: tuple[str, ...] = Field(min_length=1, max_length=50, fail_fast=True)
    runs: tuple[_Run, ...] = Field(max_length=MOST_KEPT, fail_fast=True)


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep.

    Attributes
    ----------
    name : str
        Of its folder within the sweep's.
    changes : tuple of `KEY=VALUE`
    seed : int
    config : RunConfig
    """

    name: str
    changes: tuple[str, ...]
    seed: int
    config: RunConfig


class SweepFolder:
    """A sweep on disk. Made by `begin` or `open`.

    Attributes
    ----------
    path : Path
    base : RunConfig
        What all runs have in common.
    keys : tuple of str
        Settings that are varied.
    runs : tuple of SweepRun
        In the order in which they are trained.
    """

    def __init__(self, path: Path, base: RunConfig, keys: tuple[str, ...], runs: tuple[SweepRun, ...]) -> None:
        self.path, self.base, self.keys, self.runs = path, base, keys, runs

    @property
    def name(self) -> str:
        """The folder's own name."""
        return printable(self.path.resolve().name)

    @property
    def busy(self) -> bool:
        """Whether somebody trains it now."""
        return is_locked(self.path)

    def run_path(self, run: SweepRun) -> Path:
        """The folder of one of its runs."""
        return child(self.path, run.name)

    @classmethod
    def open(cls, path: Path | str) -> SweepFolder:
        """Read a sweep.

        Raises
        ------
        RunError
            If there is none, or its file is damaged.
        """
        path = expanded(path)
        file = path / NAME
        if not file.is_file():
            raise RunError(f"{path} holds no sweep: there is no {NAME}", "Name the folder that a sweep made")
        try:
            if file.stat().st_size > MAX_BYTES:
                raise RunError(f"{file} is larger than {MAX_BYTES // 2**20} MB", "Restore it from a copy")
            read = _File.model_validate(parsed(file.read_text(encoding="utf-8")))
            base = RunConfig.from_json(json.dumps(read.settings))
            for key in read.vary:
                check_varied(key)
            runs = tuple(_run(base, run.name, run.changes, run.seed) for run in read.runs)
        except OSError as error:
            raise RunError(f"{file} cannot be read: {error.strerror or error}", "Check the folder") from None
        except SettingsError as error:
            raise RunError(f"{path.name}/{NAME} is damaged: {error.what}", "Restore it from a copy") from None
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise RunError(f"{path.name}/{NAME} is damaged at {where or 'its top'}", "Restore it from a copy") from None
        except ValueError:
            raise RunError(f"{path.name}/{NAME} is not JSON", "Restore it from a copy") from None
        return cls(path, base, read.vary, runs)

    @classmethod
    def begin(cls, path: Path | str, base: RunConfig, asked: Sequence[Combination]) -> SweepFolder:
        """Begin a sweep, or add runs to the one that is there; nothing is trained yet, and nothing taken away.

        Parameters
        ----------
        path : Path
            A folder that is not there yet, is empty, or holds a sweep of the same settings.
        base : RunConfig
        asked : sequence of Combination
            At least one; made of `base`.

        Raises
        ------
        SettingsError
            If the sweep that is there has other settings.
        RunError
            If the folder holds something else, or cannot be written to.
        """
        path, base = expanded(path), absolute(base)
        keys = tuple(parse_setting(change)[0] for change in asked[0].changes)
        before: SweepFolder | None = None
        if (path / NAME).exists():
            before = cls.open(path)
            keys = tuple(dict.fromkeys((*before.keys, *keys)))
            _same(before, base, keys)
        else:
            _check_new(path)
        first = before.base if before is not None else base
        runs = list(before.runs) if before is not None else []
        known = {(_values(run.config, keys), run.seed) for run in runs}
        taken = {run.name for run in runs}
        for one in asked:
            values = _values(absolute(one.config), keys)
            if (values, one.seed) in known:
                continue
            changes = tuple(as_setting(key, value) for key, value in zip(keys, values, strict=True))
            name = _free(one.name, taken)
            runs.append(_run(first, name, changes, one.seed))
            taken.add(name)
        # Where images lie and what computes is as it is asked for now.
        sweep = cls(path, _moved(first, base), keys, tuple(runs))
        sweep.save()
        return cls.open(path)

    def save(self) -> None:
        """Write `sweep.json`, whole or not at all."""
        values = _File(
            settings=json.loads(self.base.to_json()),
            vary=self.keys,
            runs=tuple(_Run(name=run.name, changes=run.changes, seed=run.seed) for run in self.runs),
        )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.path / NAME, error) from error
        atomic_write(self.path / NAME, (json.dumps(values.model_dump(mode="json"), indent=2) + "\n").encode())

    @contextmanager
    def training(self) -> Iterator[None]:
        """Hold the sweep, so that no second process trains it.

        Raises
        ------
        RunError
            If another process holds it.
        """
        with locked(self.path):
            yield


def is_sweep(path: Path) -> bool:
    """Whether a folder says that it holds a sweep."""
    return (path / NAME).is_file()


def list_sweeps(folder: Path) -> list[Path]:
    """The sweeps in a folder, the newest first."""
    try:
        found = [path for path in folder.iterdir() if is_sweep(path)]
        return sorted(found, key=lambda path: (path / NAME).stat().st_mtime, reverse=True)
    except OSError:
        return []


def _run(base: RunConfig, name: str, changes: tuple[str, ...], seed: int) -> SweepRun:
    return SweepRun(name, changes, seed, absolute(configured(base, changes, seed)))


def _values(config: RunConfig, keys: Sequence[str]) -> tuple[object, ...]:
    settings = config.settings()
    return tuple(settings[key] for key in keys)


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def _check_new(path: Path) -> None:
    """Refuse a folder that holds something that is no sweep, and one that cannot be made."""
    try:
        if path.exists() and not path.is_dir():
            raise RunError(f"{path} is a file, not a folder", "Choose another folder for the sweep")
        held = sorted(each.name for each in path.iterdir() if each.name[:1] != ".") if path.is_dir() else []
    except OSError as error:
        raise unwritable(path / NAME, error) from error
    if held:
        raise RunError(f"{path} holds something else ({held[0]})", "Choose a new folder for the sweep")
    if not may_be_made(path):
        raise RunError(f"{path} cannot be made or written to", "Choose another folder for the sweep")


def _same(before: SweepFolder, base: RunConfig, keys: Sequence[str]) -> None:
    """Refuse to put runs of other settings into a sweep."""
    had, has = before.base.settings(), base.settings()
    apart = {*keys, *NOT_COMPARED, SEED}
    changed = [f"{key} {had[key]}, now {has[key]}" for key in has if key not in apart and had[key] != has[key]]
    if changed:
        raise SettingsError(
            f"{before.path} holds a sweep of other settings ({'; '.join(changed[:3])})",
            "Choose another folder, or ask for the settings it was begun with",
        )


def _moved(first: RunConfig, base: RunConfig) -> RunConfig:
    """The settings that a sweep was begun with; where its images lie, and on what it is computed, as said now."""
    now = base.settings()
    return first.updated([as_setting(key, now[key]) for key in ("data.root", "training.device")])
