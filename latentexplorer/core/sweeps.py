"""What a sweep trains: each combination of the values of some settings, with each of some seeds; all checked first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from latentexplorer.core.config import RunConfig
from latentexplorer.core.differences import is_used
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import slug
from latentexplorer.core.registry import suggest
from latentexplorer.core.settings_text import as_setting, parse_setting

SEED = "training.seed"
NOT_VARIED = {
    SEED: "Say how many seeds: --seeds N",
    "training.changes": "It is what a run records itself",
    "training.device": "It changes where a run is computed, not what it learns",
    "data.root": "It changes where images lie, not what is learned",
}
"""Settings that are no axis of a sweep, and what to do."""
MOST_RUNS = 1000
NAME_LETTERS = 80


@dataclass(frozen=True)
class Variation:
    """A setting and its values, in the order they were given, each of them once."""

    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Combination:
    """One run of a sweep.

    Attributes
    ----------
    changes : tuple of `KEY=VALUE`
        What it has of its own, but for the seed.
    seed : int
    config : RunConfig
    """

    changes: tuple[str, ...]
    seed: int
    config: RunConfig

    @property
    def name(self) -> str:
        """Of its folder: preset, seed, and the values last: where there is little room, ends of names are seen."""
        config = self.config
        own = [change.partition(".")[2].replace("=", "-") for change in self.changes]
        stem = config.preset or f"{config.model.family}-{config.data.name}"
        return slug("-".join([stem, f"seed{self.seed}", *own]))[:NAME_LETTERS].rstrip("-.")


def parse_variation(text: str) -> Variation:
    """Read `KEY=V1,V2,...`; a value with commas of its own stands in brackets or quotes.

    Raises
    ------
    SettingsError
        If there is no such setting, it is none that is varied, or a value is missing.
    """
    key, sign, listed = text.partition("=")
    key = key.strip()
    if not sign or not key:
        raise SettingsError(f"{text!r} is not KEY=V1,V2,...", "Write for example --vary model.latent_dim=2,4,8")
    check_varied(key)
    texts = [part.strip() for part in split_values(listed)]
    if not all(texts):
        raise SettingsError(f"{key}: a value between commas is missing in {listed!r}", "Write KEY=V1,V2,...")
    values = [parse_setting(f"{key}={value}")[1] for value in texts]
    return Variation(key, tuple(value for at, value in enumerate(values) if value not in values[:at]))


def check_varied(key: str) -> None:
    """Refuse a setting that is none, or that is no axis of a sweep."""
    known = RunConfig().settings()
    if key not in known:
        near = suggest(key, known)
        raise SettingsError(
            f"There is no setting {key!r}", near if near.startswith("Did") else "Settings are called as in model.beta"
        )
    if key in NOT_VARIED:
        raise SettingsError(f"{key} is not varied", NOT_VARIED[key])


def split_values(text: str) -> list[str]:
    """The parts between commas that stand in no bracket and no quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[]":
            depth += 1 if letter == "[" else -1
        if letter == "," and not quote and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def combinations(base: RunConfig, variations: Sequence[Variation], seeds: Iterable[int]) -> list[Combination]:
    """All runs of a sweep, checked; the last setting changes quickest, and seeds quicker still.

    Parameters
    ----------
    base : RunConfig
        What all of them have in common.
    variations : sequence of Variation
    seeds : iterable of int

    Raises
    ------
    SettingsError
        Naming the combination, if one is no valid set of settings, or a setting changes nothing in any of them.
    """
    seeds = list(seeds)
    keys = [variation.key for variation in variations]
    if not keys:
        raise SettingsError("Nothing is varied", "Name a setting and its values: --vary model.latent_dim=2,4,8")
    for at, key in enumerate(keys):
        if key in keys[:at]:
            raise SettingsError(f"{key} is varied twice", f"Name all its values together: --vary {key}=V1,V2,...")
    count = math.prod(len(variation.values) for variation in variations) * len(seeds)
    if count > MOST_RUNS:
        raise SettingsError(f"That would be {count:,} runs; {MOST_RUNS:,} at most", "Name fewer values or seeds")
    found = []
    for values in itertools.product(*(variation.values for variation in variations)):
        changes = tuple(as_setting(key, value) for key, value in zip(keys, values, strict=True))
        for seed in seeds:
            found.append(Combination(changes, seed, configured(base, changes, seed)))
    used = [[is_used(key, one.config.model_dump()) for one in found] for key in keys]
    idle = [key for key, where in zip(keys, used, strict=True) if not any(where)]
    if idle:
        family = found[0].config.model.kind.title
        raise SettingsError(f"{idle[0]} changes nothing for {family} on these images", "Vary another setting")
    return found


def configured(base: RunConfig, changes: Sequence[str], seed: int) -> RunConfig:
    """The settings of one run; a SettingsError names its combination."""
    try:
        return base.updated([*changes, f"{SEED}={seed}"])
    except SettingsError as error:
        raise SettingsError(f"With {', '.join(changes)}: {error.what}", error.todo) from None
