"""Colours and markers of classes, the same in panes and figures.

Ten colours after Paul Tol's bright and light schemes (https://sronpersonalpages.nl/~pault/), safe for colour-blind
eyes and seen on white as on black. Beyond ten the same hues come again lighter and darker, each round with a marker of
its own, so that even forty classes differ in colour, lightness or shape.
"""

from __future__ import annotations

import colorsys

BASE = (
    "#4477AA",  # blue
    "#EE6677",  # red
    "#228833",  # green
    "#CCBB44",  # yellow
    "#66CCEE",  # cyan
    "#AA3377",  # purple
    "#EE8866",  # orange
    "#44BB99",  # mint
    "#999999",  # grey
    "#BBCC33",  # pear
)

MARKERS = ("o", "^", "s", "D", "v", "P", "X", "<", ">", "p")
"""One a round of ten, by matplotlib's letters; `o` disc, `^ v < >` triangles, `s` square, `D` diamond, `P` plus,
`X` cross, `p` pentagon."""

ACCENT = "#1A6DD4"
ACCENT_DARK = "#58A6FF"
UNLABELLED = "#4477AA"

SECOND = "#E8684A"
"""The colour beside the accent where two things share a plot (KL beside reconstruction)."""

_LEAST_ON_DARK = 0.33
# Neither so dark nor so light that a class is lost on a dark or a light ground.
_LIGHTNESS = (0.0, -0.34, 0.45, -0.48, 0.6, -0.2, 0.25)


def class_color(number: int, *, dark: bool = False) -> str:
    """Colour of class `number` as `#RRGGBB`; on a dark ground the darkest ones are lifted a little."""
    base = BASE[number % len(BASE)]
    color = shade(base, _LIGHTNESS[(number // len(BASE)) % len(_LIGHTNESS)])
    return _at_least(color, _LEAST_ON_DARK) if dark else color


def class_marker(number: int) -> str:
    """Marker of class `number`: discs for the first ten, then another shape for each further ten."""
    return MARKERS[(number // len(BASE)) % len(MARKERS)]


def _at_least(color: str, least: float) -> str:
    """`color`, made lighter where its lightness is below `least`."""
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    light = (max(red, green, blue) + min(red, green, blue)) / 2
    return color if light >= least else shade(color, (least - light) / (1 - light))


def shade(color: str, amount: float) -> str:
    """`color` moved towards white (`amount` up to 1) or black (down to -1), its hue kept."""
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    light = light + (1 - light) * amount if amount > 0 else light * (1 + amount)
    return "#" + "".join(f"{round(255 * value):02X}" for value in colorsys.hls_to_rgb(hue, light, saturation))
