"""Ready-made settings, shipped as `resources/presets/*.toml`, one file a preset."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from latentexplorer.core.catalog import SOURCES
from latentexplorer.core.config import RunConfig, with_changes
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import resource
from latentexplorer.core.registry import suggest

GROUPS = {
    "": "To begin with",
    "A": "Auto-decoders, clothes",
    "B": "Auto-decoders, clothes",
    "C": "VAEs, colour photographs",
    "D": "PCA to conditional VAEs, digits",
    "E": "Separation of a mixture",
    "P": "Figures that others published, digits",
}
"""What the presets of each report are about, for a list of them."""


@dataclass(frozen=True)
class Preset:
    """A named configuration.

    Attributes
    ----------
    title : str
        What it is, in one line.
    purpose : str
        What one does or sees with it, in plain words.
    report : str
        Where its settings come from; "" for our own.
    """

    name: str
    title: str
    purpose: str
    report: str
    values: dict[str, Any]

    @property
    def group(self) -> str:
        """What it stands under in a list of presets."""
        return GROUPS.get(self.report, self.report)

    @property
    def needs_path(self) -> bool:
        """Whether it is for a person's own images, whose path has to be named."""
        return SOURCES[self.values.get("data", {}).get("name", "digits")].needs == "path"

    def config(self, changes: Iterable[str] = (), root: str | None = None) -> RunConfig:
        """The validated configuration, with `KEY=VALUE` changes and a data root."""
        values = with_changes({**self.values, "preset": self.name}, changes)
        if root is not None:
            values["data"].setdefault("root", root)
        return RunConfig.parse(values)


FIRST = "digits-vae"
"""What most people begin with in the window: a plane, of images that are always there, in seconds."""
FIRST_SIZE = 16
"""Its images in the window, pixels: those of the example run, so that the first two runs can be compared."""


def in_window(name: str) -> list[str]:
    """What the window changes of a preset, as `KEY=VALUE`."""
    return [f"data.size={FIRST_SIZE}"] if name == FIRST else []


@cache
def presets() -> dict[str, Preset]:
    """All presets by name: our own first, then in the order of the reports.

    A preset may name another one it `extends`: its own values go on top.
    """
    files = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
        for file in resource("presets").iterdir()
        if file.name.endswith(".toml")
    }
    found = []
    for name, own in files.items():
        values = _merged(name, files)
        title = str(own.get("title", values["title"]))
        tables: dict[str, Any] = {key: dict(values[key]) for key in ("data", "model", "training") if key in values}
        found.append(Preset(name, title, str(own.get("purpose", title)), str(values.get("report", "")), tables))
    found.sort(key=lambda preset: (preset.report, _natural(preset.name)))
    return {preset.name: preset for preset in found}


def _merged(name: str, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    own = files[name]
    base = _merged(own["extends"], files) if "extends" in own else {}
    return {
        key: {**base.get(key, {}), **value} if isinstance(value, dict) else value
        for key, value in {**base, **own}.items()
    }


def _natural(name: str) -> list[tuple[bool, int, str]]:
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]


def preset(name: str) -> Preset:
    """The preset of that name, or a SettingsError that suggests one."""
    known = presets()
    if name not in known:
        raise SettingsError(f"There is no preset named {name!r}", suggest(name, known))
    return known[name]
