"""What a training takes: parameters and seconds, measured once and remembered, to be said before it begins."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.expected import Expected
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import atomic_write, home

MAX_BYTES = 1024 * 1024
MOST = 1000
"""Measurements that are kept, the newest ones."""
SLOW_MODEL = ("family", "architecture", "latent_dim", "prior", "likelihood", "hidden", "channels", "mixture", "sizing")
"""What the time of a step, and the number of weights, depend on."""
HELD_OUT, LEAST_HELD_OUT = 0.3, 64
"""Held-out images that are looked at after an epoch, as a fraction of the training images, and how many at least."""
ALIKE = 16
"""Codes up to that size cost the same; longer ones do up to the next power of two."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cost:
    """What a model costs.

    Attributes
    ----------
    weights : int
        Parameters of its networks; codes of an auto-decoder are not among them.
    image_s : float
        Seconds of training an image in an epoch takes on this machine, the looks at held-out images of the epoch being
        counted apart, see `seconds`; NaN where only the weights are known.
    from_run : bool
        Whether that was measured in a whole training, not in a few steps.
    """

    weights: int
    image_s: float = math.nan
    from_run: bool = False

    @property
    def timed(self) -> bool:
        """Whether it is known how long it takes."""
        return math.isfinite(self.image_s)

    def seconds(self, config: RunConfig, images: Expected) -> float:
        """Of a whole training on some images; NaN where it is not known."""
        return self.image_s * epoch_images(config, images) * config.training.epochs


def watched(config: RunConfig, train: int, held_out: int) -> int:
    """How many held-out images are measured after an epoch, of so many that there are.

    An encoder is quick, and yet not all of them may be put through it: evenly spread ones are. Codes of an auto-decoder
    follow its training, each in its turn.
    """
    wanted = min(config.training.held_out, held_out)
    return min(wanted, max(LEAST_HELD_OUT, round(HELD_OUT * train))) if config.model.kind.encoder else wanted


def epoch_images(config: RunConfig, images: Expected) -> float:
    """What an epoch takes, in images that are trained on: a held-out one, which is only looked at, is a third."""
    looked_at = min(config.training.held_out, images.held_out, max(LEAST_HELD_OUT, HELD_OUT * images.train))
    return images.train + looked_at / 3


def cost_key(config: RunConfig, images: Expected, device: str) -> str:
    """What is the same for all trainings that cost the same an image; `device`: the one in force, "cpu" or "cuda"."""
    model = config.model.model_dump(mode="json", include=set(SLOW_MODEL))
    training = (config.training.batch_size, config.training.numerics)
    classes = images.classes if config.model.kind.conditional else 0
    told = json.dumps([model, config.model.blueprint, training, images.shape, classes, device], sort_keys=True)
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()


def rate_key(config: RunConfig, images: Expected, device: str) -> str:
    """What is the same for trainings that take about the same time an image: also those of codes of like sizes.

    They are told the same time an image, whichever of them it was measured of: else chance would put them in order.
    """
    size = 1 << (max(config.model.latent_dim, ALIKE) - 1).bit_length()
    like = config.model_copy(update={"model": config.model.model_copy(update={"latent_dim": size})})
    return f"rate {cost_key(like, images, device)}"


def this_machine() -> dict[str, object]:
    """What has to be the same for a time to be the same, as a run's `environment.json` has it."""
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpu_count": os.cpu_count(),
    }


def duration_text(seconds: float) -> str:
    """`under a second`, `about 40 s`, `about 3 min`, `about 25 min`, `about 2 h`."""
    if seconds < 1:
        return "under a second"
    if seconds < 10:
        return f"about {seconds:.0f} s"
    if seconds < 90:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 10 * 60:
        return f"about {seconds / 60:.0f} min"
    if seconds < 90 * 60:
        return f"about {5 * round(seconds / 300)} min"
    return f"about {seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"about {seconds / 86400:.0f} days"


class CostBook:
    """The costs that are known by now, in a file of the program's home. A damaged file is as good as none."""

    def __init__(self) -> None:
        self._path: Path = home() / "costs.json"
        self._costs: dict[str, Cost] = {}
        self._read()

    def _read(self) -> None:
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            if self._path.stat().st_size > MAX_BYTES:
                return
            found = parsed(self._path.read_text(encoding="utf-8"))
            if found["machine"] == this_machine():
                self._costs = {
                    str(key): Cost(int(weights), float(image_s), bool(from_run))
                    for key, (weights, image_s, from_run) in found["costs"].items()
                    if int(weights) >= 0 and float(image_s) > 0
                }

    def __getitem__(self, key: str) -> Cost | None:
        return self._costs.get(key)

    def add(self, costs: dict[str, Cost]) -> bool:
        """Remember costs; says whether anything is new. A whole training knows better than a few steps of one."""
        new = {}
        for key, cost in costs.items():
            known = self._costs.get(key)
            better = known is None or (cost.timed and (cost.from_run or not known.from_run or not known.timed))
            if better and cost != known:
                new[key] = cost
        if not new:
            return False
        self._costs = dict(
            [*((key, cost) for key, cost in self._costs.items() if key not in new), *new.items()][-MOST:]
        )
        timed = {key: (one.weights, one.image_s, one.from_run) for key, one in self._costs.items() if one.timed}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(self._path, json.dumps({"machine": this_machine(), "costs": timed}).encode())
        except (OSError, LatentExplorerError) as error:
            log.warning("what trainings take could not be saved: %s", error)
        return True
