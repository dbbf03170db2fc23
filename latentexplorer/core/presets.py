"""Ready-made settings, shipped as `resources/presets/*.toml`, one file a preset."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from latentexplorer.core.config import RunConfig, parse_setting, put
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import resource
from latentexplorer.core.registry import suggest


@dataclass(frozen=True)
class Preset:
    """A named configuration with one line of explanation and the report it belongs to ("" for our own)."""

    name: str
    title: str
    report: str
    values: dict[str, object]

    def config(self, changes: Iterable[str] = (), root: str | None = None) -> RunConfig:
        """The validated configuration, with `KEY=VALUE` changes and a data root."""
        values: dict[str, object] = {
            key: dict(value) if isinstance(value, dict) else value for key, value in self.values.items()
        }
        values["preset"] = self.name
        if root is not None:
            put(values, "data.root", root)
        for change in changes:
            key, value = parse_setting(change)
            put(values, key, value)
        return RunConfig.parse(values)


@cache
def presets() -> dict[str, Preset]:
    """All presets by name, in the order of the reports, our own first."""
    found = []
    for file in resource("presets").iterdir():
        if file.name.endswith(".toml"):
            values = tomllib.loads(file.read_text(encoding="utf-8"))
            title, report = str(values.pop("title")), str(values.pop("report", ""))
            found.append(Preset(file.name.removesuffix(".toml"), title, report, values))
    found.sort(key=lambda preset: (preset.report, preset.name))
    return {preset.name: preset for preset in found}


def preset(name: str) -> Preset:
    """The preset of that name, or a SettingsError that suggests one."""
    known = presets()
    if name not in known:
        raise SettingsError(f"There is no preset named {name!r}", suggest(name, known))
    return known[name]
