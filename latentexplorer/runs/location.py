"""Finding a run's images again: where somebody says that they are, where they were, or near the run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError, LatentExplorerError, RunError
from latentexplorer.core.events import Emit, Notice, ignore
from latentexplorer.core.paths import data_root, expanded, is_there
from latentexplorer.core.places import at, below, places_of, relative, used_places, whole
from latentexplorer.data import DataSplit, load_data
from latentexplorer.runs.folder import RunFolder


@dataclass(frozen=True)
class Found:
    """A run's images.

    Attributes
    ----------
    data : DataSplit or None
    config : DataConfig
        With the places where they were found.
    error : DataError or None
        Why `data` is None, and what to do.
    """

    data: DataSplit | None
    config: DataConfig
    error: DataError | None = None

    def there(self) -> DataSplit:
        """`data`, or the error."""
        if self.data is None:
            raise self.error or DataError("The images are not there")
        return self.data


def find_images(
    folder: RunFolder,
    data: DataConfig,
    fingerprint: str = "",
    *,
    places: Mapping[str, str] | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Found:
    """The images that a run was trained on.

    Parameters
    ----------
    data : DataConfig
        As the run has it.
    fingerprint : str
        What they are known by; "" takes any.
    places : mapping of str to str, or None
        Where somebody says that they are, by key ("data.path"): then nowhere else is looked, and where they are the
        run remembers it. A run that cannot be written to does not.

    Raises
    ------
    Stopped
    """
    said = {
        key: whole(path) for key, path in (places or {}).items() if key.removeprefix("data.") in data.source.settings
    }
    if said:
        found = read_at(at(data, said), fingerprint, emit, stop)
        if found.data is not None and said.items() - {**places_of(data), **folder.located}.items():
            with contextlib.suppress(RunError):
                folder.write_located({**folder.located, **said})
        return found
    first: Found | None = None
    for candidate in _candidates(folder, data):
        found = read_at(candidate, fingerprint, emit, stop)
        if found.data is not None:
            if relative(data) and candidate != below(data, Path.cwd()):
                emit(Notice(f"images found at {_names(candidate)}"))
            return found
        first = first or found
    return Found(None, data, _why_not(data, first))


def _why_not(data: DataConfig, first: Found | None) -> DataError:
    """Why images were found nowhere: what is not where the run has it, before what is wrong with anything else."""
    if first is None or first.error is None or (data.source.needs == "root" and used_places(data) and not _there(data)):
        return _gone(data)
    if data.source.needs == "root":
        # Whoever opens a run wants no files put into a cache.
        return DataError(first.error.what, _mend(["data.root"]))
    return first.error


def _candidates(folder: RunFolder, data: DataConfig, *, elsewhere: bool = True) -> Iterator[DataConfig]:
    """Where they may be. Places that are not there are left out: a named set would be downloaded for them.

    `elsewhere`: also where this computer has sets of its own.
    """
    here = folder.path.absolute()
    near = [below(data, base) for base in dict.fromkeys([Path.cwd(), here, *here.parents])]
    were = near if relative(data) else [data]
    located = [at(data, said)] if (said := folder.located) else []
    found = [one for one in (*located, *were) if _there(one)]
    yield from {str(places_of(one)): one for one in found}.values()
    if elsewhere and data.source.needs == "root" and not found:
        # This computer may have a folder of sets of its own.
        yield at(data, {"data.root": None})


def _there(data: DataConfig) -> bool:
    return all(is_there(expanded(path)) for path in used_places(data).values())


def read_at(data: DataConfig, fingerprint: str = "", emit: Emit = ignore, stop: StopToken = NEVER) -> Found:
    """The images where the settings say, if they are those that are known by the fingerprint."""
    if not _there(data):
        return Found(None, data, _gone(data))
    try:
        images = load_data(data, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Found(None, data, DataError(error.what, error.todo))
    if fingerprint not in ("", images.fingerprint):
        why = f"The images at {_names(data)} are not those that this run was trained on"
        return Found(None, data, DataError(why, _mend(used_places(data))))
    return Found(images, data)


def gone(folder: RunFolder, data: DataConfig) -> str:
    """Which places of a run's images are not there, one line; "" where something is, whether it is them or not.

    Nothing is read: it is quick enough to be asked of a thousand runs.
    """
    if data.source.needs == "root" and (not used_places(data) or data_root() is not None):
        return ""
    if next((True for one in _candidates(folder, data, elsewhere=False)), False):
        return ""
    return _gone(data).what


def _gone(data: DataConfig) -> DataError:
    """What is not there, by its full path."""
    gone = {key: full for key, path in used_places(data).items() if not is_there(Path(full := whole(path)))}
    return DataError(f"{' and '.join(gone.values())} {'is' if len(gone) == 1 else 'are'} not there", _mend(gone))


def _names(data: DataConfig) -> str:
    return " and ".join(whole(path) for path in used_places(data).values()) or data.name


def _mend(keys: Iterable[str]) -> str:
    """How to say where images are now."""
    options = " and ".join("--data-root DIR" if key == "data.root" else f"--set {key}=PATH" for key in keys)
    return f"Say where it is now: {options}, or in the window Locate images" if options else "Give it the same images"
