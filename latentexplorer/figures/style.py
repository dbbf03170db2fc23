"""How figures look: sizes, inks, fonts. Light unless asked otherwise."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import matplotlib
from pydantic import BaseModel, ConfigDict, Field

from latentexplorer.views import palette

FONT = "DejaVu Sans"
"""Shipped with matplotlib, so that a figure looks the same on every machine."""


class Style(BaseModel):
    """Choices that change the looks of a figure and nothing in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dark: bool = Field(False, title="Dark", description="Light on dark, for slides.")
    smooth: bool = Field(False, title="Smooth", description="Images drawn smooth instead of pixel by pixel.")
    titles: bool = Field(True, title="Titles", description="Title and description above the figure.")
    text_pt: float = Field(8.5, ge=4, le=30, title="Text size", description="Size of the text, in points.")

    @property
    def title_pt(self) -> float:
        """Size of titles, points."""
        return round(self.text_pt * 1.2, 2)

    @property
    def caption_pt(self) -> float:
        """Size of captions, points."""
        return round(self.text_pt * 0.86, 2)

    @property
    def paper(self) -> str:
        """What everything is drawn on."""
        return "#1C1F26" if self.dark else "#FFFFFF"

    @property
    def ink(self) -> str:
        """Text and lines that matter."""
        return "#E9EBEF" if self.dark else "#14171C"

    @property
    def muted(self) -> str:
        """Text that explains."""
        return "#A3A9B5" if self.dark else "#5B6270"

    @property
    def faint(self) -> str:
        """Lines that only guide the eye."""
        return "#3A3F4A" if self.dark else "#E3E6EA"

    @property
    def accent(self) -> str:
        """The one colour of what is no class."""
        return palette.ACCENT_DARK if self.dark else palette.ACCENT

    @property
    def second(self) -> str:
        """The colour beside the accent."""
        return palette.SECOND


def own_settings() -> AbstractContextManager[Any]:
    """matplotlib as it is shipped, whatever the person's own style sheet says, so that figures repeat."""
    return matplotlib.rc_context(_settings())


@cache
def _settings() -> dict[str, Any]:
    kept = ("backend", "backend_fallback", "interactive", "toolbar", "tk.window_focus", "webagg.port")
    settings = {key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith(kept)}
    settings.update(
        {
            "font.family": FONT,
            "svg.hashsalt": "latentexplorer",
            # Text stays text in SVG and PDF, so that it can be searched and edited.
            "svg.fonttype": "none",
            "pdf.fonttype": 42,
        }
    )
    return settings
