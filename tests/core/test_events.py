"""What a person reads of an event."""

from __future__ import annotations

import math

import pytest

from latentexplorer.core.events import Progress, TrainingProgress


@pytest.mark.parametrize(
    ("seconds_left", "images_per_s", "text"),
    [
        (30.2, 1240.4, "about 0:31 left · 1,240 images/s"),
        (3599.5, 5.0, "about 1 h left · 5 images/s"),
        (3550.0, 5.0, "about 59:10 left · 5 images/s"),
        (6010.0, 5.0, "about 1 h 40 min left · 5 images/s"),
        (76_378.0, 5.0, "about 21 h left · 5 images/s"),
        (250_000.0, 5.0, "about 3 days left · 5 images/s"),
        (math.nan, 5.0, "5 images/s"),
        (59.5, math.nan, "about 1:00 left"),
        (math.nan, 0.0, ""),
    ],
)
def test_the_pace_of_a_training_says_what_is_known(seconds_left: float, images_per_s: float, text: str) -> None:
    assert TrainingProgress(3, 10, 0.3, 1.0, images_per_s, seconds_left).pace_text == text


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Progress(12_000, 60_000, "reading images"), "reading images · 12,000 of 60,000"),
        (Progress(0, 0, "trying out what is fastest here"), "trying out what is fastest here"),
        (Progress(3_000_000, 12_000_000, "downloading a.gz", "bytes"), "downloading a.gz · 25%"),
    ],
)
def test_what_is_being_done_is_counted_where_it_is_known(event: Progress, text: str) -> None:
    assert event.text == text
