"""What a person reads of an event."""

from __future__ import annotations

import math

import pytest

from latentexplorer.core.events import TrainingProgress


@pytest.mark.parametrize(
    ("seconds_left", "images_per_s", "text"),
    [
        (30.2, 1240.4, "0:31 left · 1,240 images/s"),
        (3600.0, 5.0, "1:00:00 left · 5 images/s"),
        (math.nan, 5.0, "5 images/s"),
        (59.5, math.nan, "1:00 left"),
        (math.nan, 0.0, ""),
    ],
)
def test_the_pace_of_a_training_says_what_is_known(seconds_left: float, images_per_s: float, text: str) -> None:
    assert TrainingProgress(3, 10, 0.3, 1.0, images_per_s, seconds_left).pace_text == text
