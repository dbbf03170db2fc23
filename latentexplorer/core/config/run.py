"""All tables together: what a run is asked to do, read, changed and written."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config.data import DataConfig
from latentexplorer.core.config.model import ModelConfig
from latentexplorer.core.config.table import Settings
from latentexplorer.core.config.training import TrainingConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import printable
from latentexplorer.core.settings_text import parse_setting, problems, put, read_toml, validated

SCHEMA: Literal[1] = 1


class RunConfig(Settings):
    """Everything a run is asked to do."""

    schema_version: Literal[1] = Field(SCHEMA, description="Version of this layout.")
    preset: str | None = Field(None, max_length=200, description="The preset it started from.")
    data: DataConfig = Field(default_factory=lambda: DataConfig())
    model: ModelConfig = Field(default_factory=lambda: ModelConfig())
    training: TrainingConfig = Field(default_factory=lambda: TrainingConfig())

    @model_validator(mode="after")
    def _fits(self) -> RunConfig:
        if self.data.source.needs == "path" and not self.data.path:
            raise ValueError("data.path is missing: name a folder, an .npz, .npy or idx file of your own")
        if self.data.binarise == "every-epoch" and not self.model.kind.gradient:
            raise ValueError(
                f"data.binarise = every-epoch: {self.model.kind.title} is solved at once and has no epochs; take fixed"
            )
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> RunConfig:
        """Validate a nested mapping.

        Raises
        ------
        SettingsError
            One line naming the wrong keys, their values and the reasons.
        """
        return validated(cls, values)

    def updated(self, changes: Iterable[str]) -> RunConfig:
        """This configuration with `KEY=VALUE` changes (`model.latent_dim=8`), validated again."""
        return RunConfig.parse(with_changes(self.model_dump(exclude_unset=True), changes))

    def to_json(self) -> str:
        """The configuration as JSON text, every value written out."""
        values = self.model_dump(mode="json")
        text = json.dumps(values, indent=2, ensure_ascii=False)
        # A path need not be UTF-8: then its odd bytes are escapes, which are read back as they were.
        return (text if printable(text) == text else json.dumps(values, indent=2)) + "\n"

    @classmethod
    def from_json(cls, text: str, image_shape: tuple[int, int, int] | None = None) -> RunConfig:
        """Read what `to_json` wrote, validated.

        Settings from before there was `data.fit` are completed so that they mean what was done then: images were
        squashed, to the size and colour of those that were trained on, which now would be chosen differently.

        Parameters
        ----------
        image_shape : (C, H, W) or None
            Of the images that the run was trained on, where it was.
        """
        try:
            values = parsed(text)
        except ValueError:
            raise SettingsError("The configuration is not JSON", "Restore the file from a copy") from None
        if not isinstance(values, dict):
            raise SettingsError("The configuration is not a table of settings", "Restore the file from a copy")
        data = values.get("data")
        if isinstance(data, dict) and "fit" not in data:
            data["fit"] = "squash"
            if image_shape is not None and data.get("name") == "images":
                data["size"] = data.get("size") or list(image_shape[1:])
                if data.get("color", "as-is") == "as-is":
                    data["color"] = "grey" if image_shape[0] == 1 else "rgb"
        model = values.get("model")
        if isinstance(model, dict):
            # Runs from before there was a choice have networks by the first rule.
            values["model"] = {"sizing": 1, **model}
        return cls.parse(values)

    @classmethod
    def from_toml(cls, path: Path) -> RunConfig:
        """Read a TOML file of settings (tables `data`, `model`, `training`)."""
        return cls.parse(read_toml(path))

    def settings(self) -> dict[str, Any]:
        """Every setting as `{"model.latent_dim": 2, ...}`."""
        return {
            f"{table}.{key}": value
            for table in ("data", "model", "training")
            for key, value in getattr(self, table).model_dump().items()
        }


def try_parse(values: Mapping[str, Any]) -> tuple[RunConfig | None, dict[str, str]]:
    """Validate a nested mapping for a form: the configuration, or None and what is wrong by dotted key."""
    try:
        return RunConfig.model_validate(values), {}
    except ValidationError as error:
        return None, {problem.key: problem.text for problem in problems(error, RunConfig)}


def with_changes(values: Mapping[str, Any], changes: Iterable[str]) -> dict[str, Any]:
    """A copy of nested settings with `KEY=VALUE` changes on top.

    Where the changes name another model family, an architecture or likelihood that only the old family had is
    dropped (unless the changes name one), and so are draws of each epoch where there are none, so that a preset can be
    tried with every family. Changes that a run recorded of a setting that is chosen here are dropped too: from the
    first step on it is what is said.
    """
    result = copy.deepcopy(dict(values))
    parsed = [parse_setting(change) for change in changes]
    for key, value in parsed:
        put(result, key, value)
    chosen = {key for key, _ in parsed}
    training = result.get("training")
    if isinstance(training, dict) and training.get("changes") and "training.changes" not in chosen:
        training["changes"] = [change for change in training["changes"] if _key_of(change) not in chosen]
    model = result.get("model")
    if "model.family" in chosen and isinstance(model, dict) and model.get("family") in FAMILIES:
        family = FAMILIES[str(model["family"])]
        if "model.architecture" not in chosen and model.get("architecture") not in family.architectures:
            for key in {"architecture", "hidden", "channels"} - {name.removeprefix("model.") for name in chosen}:
                model.pop(key, None)
        if "model.likelihood" not in chosen and model.get("likelihood", "gaussian") not in family.likelihoods:
            model["likelihood"] = family.likelihoods[0]
        data = result.get("data")
        data = data if isinstance(data, dict) and "data.binarise" not in chosen else {}
        if not family.gradient and data.get("binarise") == "every-epoch":
            data["binarise"] = "fixed"
    return result


def _key_of(change: object) -> object:
    """The setting of a change that is not checked yet."""
    return change.get("key") if isinstance(change, Mapping) else getattr(change, "key", None)
