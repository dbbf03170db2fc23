"""A quiet line about a run, and what it is judged by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from latentexplorer.core.catalog import Family
from latentexplorer.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from latentexplorer.core.costs import watched
from latentexplorer.core.history import History

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.models.distributions import Prior
    from latentexplorer.runs.dimension_history import DimensionHistory

Place = Literal["loss", "map", "traversal", "decoded", "gallery", "dimensions"]
"""The pane that it concerns."""
OF_DIMENSIONS = ("collapse", "dying", "unused")
"""Kinds that the pane of the dimensions says in place of their own one, where that is not seen."""
Value = bool | int | float | str

FEWEST_IMAGES = 20
"""Of fewer training images nothing is said: of so few each tells the model apart, and a person looks at all of them."""
LIVE = ("training.lr", "training.code_lr", "model.beta")
"""Settings that can change while a model is trained (`training.controls.KEYS`)."""


@dataclass(frozen=True)
class Notice:
    """Something about a run that a person would not see, and what helps.

    It is judged from what is known of the run as it stands; `core.events.Notice` is told once, as something happens.

    Attributes
    ----------
    kind : str
        Its entry in `KINDS`.
    where : Place
    text : str
        What is the matter, in one line with its numbers and what they are compared with; no full stop.
    advice : str
        What helps, in one line; no full stop.
    key, value : str, Value
        The setting (`model.beta`) that helps, and to what it is to be set; "" where no setting does.
    """

    kind: str
    where: Place
    text: str
    advice: str
    key: str = ""
    value: Value = ""

    @property
    def change(self) -> str:
        """`KEY=VALUE`, as commands and configurations take it; "" where no setting helps."""
        return f"{self.key}={value_text(self.value)}" if self.key else ""

    @property
    def remedy(self) -> str:
        """The setting as a person reads it: `KL weight 1`."""
        if not self.key:
            return ""
        title = setting_title(self.key)
        title = title if title[:2].isupper() else title[0].lower() + title[1:]  # "KL weight", "early stopping"
        return f"{title} {value_text(self.value)}"

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it is said: in the first of these that is seen."""
        return (self.where, "dimensions") if self.kind in OF_DIMENSIONS else (self.where,)

    @property
    def live(self) -> bool:
        """Whether what helps can be done while the model is trained."""
        return self.key in LIVE

    def __str__(self) -> str:
        hint = f" ({self.change})" if self.key else ""
        return f"{self.text}. {self.advice}{hint}"


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a run: all that notices are judged by, and nothing that is slow to find out.

    Attributes
    ----------
    config : RunConfig
        That it began with; `now` tells a setting as it is.
    history : History
    epoch : int
        Whole epochs done.
    going : bool
        Whether it is being trained just now.
    num_train, num_test : int
        Images in both parts.
    code_dim : int
    codes : Codes or None
        Of training images, thinned out.
    kl_per_dim : ndarray (D,) or None
        Nats.
    prior : Prior or None
    sigma : float or None
        Of the pixels, where it is learned.
    spread : float or None
        Root mean squared error of the mean training image on [0, 1]: what a decoder reaches that looks at no code.
    alike : bool
        Whether all training images are the same.
    class_counts : dict of str to int
        Training images of each class; empty where that is not known.
    live : mapping of str to float
        Settings that were changed in this training, as they are now.
    dimensions : DimensionHistory or None
        What each dimension carried in the epochs so far.
    """

    config: RunConfig
    history: History
    epoch: int
    going: bool
    num_train: int
    num_test: int
    code_dim: int
    codes: Codes | None = None
    kl_per_dim: npt.NDArray[np.float64] | None = None
    prior: Prior | None = None
    sigma: float | None = None
    spread: float | None = None
    alike: bool = False
    class_counts: dict[str, int] = field(default_factory=dict)
    live: Mapping[str, float] = field(default_factory=dict)
    dimensions: DimensionHistory | None = None

    @property
    def family(self) -> Family:
        """What it can do."""
        return self.config.model.kind

    @property
    def enough(self) -> bool:
        """Whether there are images enough for anything to be said."""
        return self.num_train >= FEWEST_IMAGES and not self.alike

    @property
    def held_out(self) -> int:
        """Held-out images that the curves are of."""
        return watched(self.config, self.num_train, self.num_test)

    def now(self, key: str) -> float:
        """A number of the settings as it is in force: with the changes made while it was trained."""
        if key in self.live:
            return float(self.live[key])
        table, name = key.split(".")
        changed = [change.value for change in self.config.training.changes if change.key == key]
        return float(changed[-1] if changed else getattr(getattr(self.config, table), name))

    @property
    def steps(self) -> int:
        """Gradient steps done, about."""
        return self.epoch * math.ceil(self.num_train / self.config.training.batch_size)

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """A column of the history, by epoch; NaN where it is unknown."""
        return np.array(self.history.column(name), np.float64)

    @property
    def warm(self) -> bool:
        """Whether the KL weight has its full strength: no warm-up, or it is over."""
        return not self.family.variational or self.epoch >= self.now("model.kl_warmup")

    def comparable(self, name: str) -> npt.NDArray[np.float64]:
        """The last epochs' values of a column whose losses mean the same: since the weight of the KL last changed."""
        values, weights = self.column(name), self.column("beta")
        if not len(values) or math.isnan(weights[-1]):
            return values
        other = np.flatnonzero(~(np.abs(weights - weights[-1]) <= 0.01 * abs(weights[-1])))
        return values[other[-1] + 1 :] if len(other) else values


@dataclass(frozen=True)
class KindOfNotice:
    """A kind of notice.

    Attributes
    ----------
    name : str
        For settings and JSON; for ever.
    title : str
        What it is about, as a person reads it.
    find : callable
        The notice, or None where there is nothing to say.
    """

    name: str
    title: str
    find: Callable[[Known], Notice | None]


def setting_title(key: str) -> str:
    """`KL weight` for `model.beta`."""
    table, name = key.split(".")
    tables: dict[str, type[BaseModel]] = {"data": DataConfig, "model": ModelConfig, "training": TrainingConfig}
    return tables[table].model_fields[name].title or name


def value_text(value: Value) -> str:
    """A value as it is typed."""
    return f"{value:g}" if isinstance(value, float) else str(value)
