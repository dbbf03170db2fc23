"""What there is to choose: presets by what they are for, a person's own images, and what was trained lately."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latentexplorer.core.config import RunConfig
from latentexplorer.core.differences import differences
from latentexplorer.core.paths import is_there
from latentexplorer.core.presets import FIRST, Preset, in_window, presets
from latentexplorer.gui.workers.plan_tasks import PastRun

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter

OWN, RECENT, LESSONS = "Your images", "Trained lately", "Lessons: find it out yourself"
MOST_RECENT = 6
LAST = 3
"""In a card's rank: one of the words is only in the title of its group."""


@dataclass(frozen=True)
class Entry:
    """One card.

    Attributes
    ----------
    title : str
        What it is for, in plain words.
    code : str
        The name it has elsewhere: of a preset, a run, a folder.
    group : str
    config : RunConfig
        What would be trained. Where images are still to be chosen its path leads nowhere, see `asks`.
    asks : bool
        Whether images are chosen, or looked at, before anything is trained.
    path : Path or None
        A person's images that were used before.
    words : str
        What it is found by besides what stands on it.
    lesson : str
        Name of the lesson that it begins; "" for a training.
    teaches : str
        What a lesson shows.
    minutes : int
        What a lesson takes, trainings included.
    paint : callable (painter, place) or None
        Draws its picture, where that is not some of the images.
    """

    title: str
    code: str
    group: str
    config: RunConfig
    asks: bool = False
    path: Path | None = None
    words: str = ""
    lesson: str = ""
    teaches: str = ""
    minutes: int = 0
    paint: Callable[[QPainter, QRect], None] | None = None

    @property
    def facts(self) -> str:
        """Model and images."""
        model, data = self.config.model, self.config.data
        if self.lesson:
            return self.teaches
        if self.asks and not self.code:
            # Its model is the one in the form by then: not what the card is about.
            return "Photographs, drawings, scans, arrays"
        of = "images of your own" if data.source.needs == "path" and self.path is None else data.source.title
        if data.path and not self.asks:
            of = Path(data.path).name
        return f"{model.kind.title} · {of}"

    def rank(self, text: str) -> tuple[int, ...] | None:
        """How well a text fits, the least best; None where one of its words is no part of what is known of it.

        What stands on the card comes before what it is found by besides, the title of its group comes last; where
        words begin comes before where they go on.
        """
        known = (f"{self.title} {self.code}", self.facts, self.words, self.group)
        words = text.casefold().split()
        places = [_place(word, [field.casefold() for field in known]) for word in words]
        found = [place for place in places if place is not None]
        if len(found) < len(words):
            return None
        # One word that only its group has makes a card worse than any that has none such.
        return max((field for field, _ in found), default=0), sum(2 * field + inside for field, inside in found)


def _place(word: str, fields: Sequence[str]) -> tuple[int, int] | None:
    """The first field with a word in it, and 1 where it is only the rest of a longer one."""
    for at, field in enumerate(fields):
        if word in field:
            return at, int(re.search(rf"\b{re.escape(word)}", field) is None)
    return None


def entries(
    draft: RunConfig,
    own: Iterable[Path],
    runs: Sequence[PastRun],
    root: str | None,
    leave_out: str = "",
    lessons: Sequence[Entry] = (),
) -> list[Entry]:
    """All cards, group after group.

    Parameters
    ----------
    draft : RunConfig
        The settings in the form, with which own images are looked at.
    own : iterable of Path
        Images that were used before, the last first.
    runs : sequence of PastRun
        The last changed first.
    root : str or None
        The data folder.
    leave_out : str
        Name of a run that nobody has trained here.
    lessons : sequence of Entry
        Those that begin a lesson.
    """
    ready = [_of_preset(entry, root) for entry in presets().values()]
    first = ready[0].group
    mine = [
        Entry(
            "Use my own images…",
            "",
            OWN,
            _on_images(draft, "."),
            asks=True,
            words="folder files array photographs drop",
        ),
        *(
            Entry(f"{path.name}…", "", OWN, _on_images(draft, str(path)), asks=True, path=path, words=str(path))
            for path in own
            if is_there(path)
        ),
    ]
    groups = [
        sorted((entry for entry in ready if entry.group == first), key=lambda entry: entry.code != FIRST),
        [*mine, *(entry for entry in ready if entry.group == OWN)],
        lessons,
        _recent(runs, leave_out),
        [entry for entry in ready if entry.group not in (first, OWN)],
    ]
    return [entry for group in groups for entry in group]


def _of_preset(preset: Preset, root: str | None) -> Entry:
    config = preset.config(["data.path=."] if preset.needs_path else in_window(preset.name), root)
    group = OWN if preset.needs_path else preset.group
    return Entry(
        preset.purpose, preset.name, group, config, asks=preset.needs_path, words=f"{preset.title} {_words(config)}"
    )


def _words(config: RunConfig) -> str:
    """What a person may look for: the short names of model and images, prior and size of the code."""
    model = config.model
    prior = f"{model.prior} prior" if model.kind.priors else ""
    return f"{model.family} {config.data.name} {prior} {model.latent_dim} dimensions {model.kind.summary}"


def _on_images(draft: RunConfig, path: str) -> RunConfig:
    """The draft's model on a person's images."""
    values = draft.model_dump(exclude_unset=True)
    return RunConfig.parse({**values, "preset": None, "data": {"name": "images", "path": path}})


def _recent(runs: Sequence[PastRun], leave_out: str) -> list[Entry]:
    """What was trained lately, each once."""
    found: list[Entry] = []
    for run in runs:
        if len(found) == MOST_RECENT:
            break
        values = run.config.model_dump(exclude_unset=True)
        again = RunConfig.parse({**values, "training": {**values.get("training", {}), "changes": ()}})
        if run.path.name == leave_out or any(not differences(again, known.config) for known in found):
            continue
        known = presets().get(again.preset or "")
        words = f"again {known.purpose if known is not None else ''} {_words(again)}"
        found.append(Entry(f"As in {run.path.name}", again.preset or "", RECENT, again, words=words))
    return found
