"""Where a run's images are, as its settings say it: kept absolute, because a run is opened from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.paths import expanded
from latentexplorer.core.settings_text import PATHS, as_setting, parse_setting


def whole(path: str) -> str:
    """The path as it leads there from anywhere; as it is where text could not say that."""
    full = str(expanded(path).absolute())
    try:
        full.encode()
    except UnicodeEncodeError:
        # A folder above it whose name is no UTF-8, which no file of settings can hold.
        return path
    return full


def absolute(config: RunConfig) -> RunConfig:
    """The settings with every path as it leads there from anywhere, `~` and the present folder written out."""
    places = places_of(config.data)
    return config.model_copy(update={"data": at(config.data, {key: whole(path) for key, path in places.items()})})


def absolute_changes(changes: Iterable[str]) -> list[str]:
    """`KEY=VALUE` changes with the paths among them as they lead there from anywhere."""
    return [_absolute_change(text) for text in changes]


def _absolute_change(text: str) -> str:
    key, value = parse_setting(text)
    return as_setting(key, whole(value)) if key in PATHS and isinstance(value, str) else text


def places_of(data: DataConfig) -> dict[str, str]:
    """The paths that are set, by key ("data.path")."""
    found = {key: getattr(data, key.removeprefix("data.")) for key in PATHS}
    return {key: path for key, path in found.items() if path}


def used_places(data: DataConfig) -> dict[str, str]:
    """Those of them that these images are read from."""
    used = data.source.settings
    return {key: path for key, path in places_of(data).items() if key.removeprefix("data.") in used}


def at(data: DataConfig, places: Mapping[str, str | None]) -> DataConfig:
    """The same images at other places, by key."""
    return data.model_copy(update={key.removeprefix("data."): path for key, path in places.items()})


def relative(data: DataConfig) -> bool:
    """Whether a path depends on the folder that one is in."""
    return any(not expanded(path).is_absolute() for path in used_places(data).values())


def below(data: DataConfig, folder: Path) -> DataConfig:
    """The same images with relative paths taken from a folder."""
    return at(data, {key: str(folder / expanded(path)) for key, path in places_of(data).items()})
