"""Lessons as cards of the chooser, which knows nothing of them."""

from __future__ import annotations

from functools import partial

from latentexplorer.gui.chooser.entries import LESSONS as GROUP
from latentexplorer.gui.chooser.entries import Entry
from latentexplorer.gui.lessons.facts import asked
from latentexplorer.gui.lessons.picture import paint
from latentexplorer.gui.lessons.table import LESSONS


def lesson_cards() -> list[Entry]:
    """A card for each lesson, with a picture of what it shows."""
    return [
        Entry(
            lesson.title,
            "",
            GROUP,
            asked(lesson.steps[0]),
            words=f"{lesson.words} {FOUND_BY}",
            lesson=lesson.name,
            teaches=lesson.summary,
            minutes=lesson.minutes,
            paint=partial(paint, lesson.name),
        )
        for lesson in LESSONS.values()
    ]


FOUND_BY = "lesson tutorial teach learn"
"""Words by which every lesson is found."""
