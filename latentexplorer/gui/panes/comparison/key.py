"""What colours and lines mean, in one line below them."""

from __future__ import annotations

from latentexplorer.gui.panes.comparison.maps import group_key
from latentexplorer.gui.style.plain_text import Markup
from latentexplorer.gui.style.theme import theme
from latentexplorer.views.compared import Result
from latentexplorer.views.comparison_losses import dash_of, share_panels
from latentexplorer.views.palette import class_color

MOST = 30
LINES = {"solid": "━━", "dash": "╍╍", "dot": "┉┉", "dashdot": "━┅"}
SPOT = Markup("<span style='color:{}'>●</span>&nbsp;{}")
QUIET = Markup("<span style='color:{}'>{}</span>")


def key_of(result: Result) -> Markup | None:
    """The key of a result; None where nothing has to be explained."""
    if result.show == "losses":
        return _of_curves(result)
    if result.show == "maps":
        groups = group_key(result)
        spots = [SPOT.format(color, name) for name, color in groups[:MOST]]
        if len(groups) > MOST:
            spots.append(QUIET.format(theme.tokens.muted, f"and {len(groups) - MOST:,} more"))
        return Markup(" &nbsp; ").join(spots) if spots else None
    return None


def _of_curves(result: Result) -> Markup:
    """Colours of the runs, dashes of the terms, and which lines are thick."""
    curves = [curve for panel in result.panels for curve in panel.curves]
    runs = [name for name in result.names if any(curve.run == name for curve in curves)]
    spots = [SPOT.format(class_color(result.names.index(name), dark=theme.dark), unbroken(name)) for name in runs]
    dashes = {
        curve.title: LINES[dash_of(curve.quantity, panel.curves)] for panel in result.panels for curve in panel.curves
    }
    words = [f"{dash} {title}" for title, dash in dashes.items()] if share_panels(result.panels) else []
    parts = dict.fromkeys(curve.part for curve in curves)
    words += [{"test": "thick: held-out", "train": "thin: training"}[part] for part in sorted(parts)]
    # A line breaks between them, not within.
    quiet = [QUIET.format(theme.tokens.muted, word.replace(" ", "\N{NO-BREAK SPACE}")) for word in words]
    return Markup(" &nbsp; ").join([*spots, *quiet])


def unbroken(words: str) -> str:
    """The same, in one line whatever the width."""
    return words.replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")
