"""How the row of a latent dimension is laid out: its slider beside its strip, or above it."""

from __future__ import annotations

CELL_GAP_PX = 2
LEAST_PX, COMFORTABLE_PX = 40, 56
"""Height of a strip: at least, and what is enough while there are more rows than fit."""
NEARLY_PX = 42
"""From here on rows are rather a little lower than scrolled."""
LINE_PX = 28
"""Height of a slider that stands above its strip, with the numbers of its ends beside it."""
LEAST_CELL_PX = 26
"""Pictures that would be smaller than this beside the sliders stand below them, whatever the height."""
SLIDER_PX = (130, 300)
"""Width of slider and number, from and to."""
ENOUGH_PX = 180
"""As wide they can be pulled well: where rows have the height for larger pictures, the rest is for these."""
MOST_LINES, WORTH = 3, 1.25
"""Lines that a strip goes on in at most, and by how much larger its pictures are then: rather one line than a few."""
CRAMPED_PX = 84
"""Height of a strip below its slider in rows that are scrolled and have little width."""


def row_shape(
    room: tuple[int, int], slider_px: int, steps: int, ratio: float, name_px: int = 0
) -> tuple[int, int, int, int]:
    """How a row is laid out so that its pictures are as large as they may be.

    Parameters
    ----------
    room : (width, height)
        For slider and strip, of each row where all of them are seen at once.
    slider_px : int
        Width of the slider beside the strip, at least.
    steps : int
        Pictures in the strip.
    ratio : float
        Width of a picture as a part of its height.
    name_px : int
        Width of what stands before the slider: a strip below it has that too.

    Returns
    -------
    slider_px, line_px, height, lines : int
        `line_px`: the height of a slider above its strip; 0: beside it. `lines`: how many the strip goes on in.
    """
    width, height = room
    gaps = CELL_GAP_PX * (steps - 1)
    slider_px = min(slider_px, max(ENOUGH_PX, int(width - gaps - steps * ratio * height)))
    beside = (width - slider_px - gaps) / steps / ratio
    tall = round(max(min(beside, height if height >= NEARLY_PX else COMFORTABLE_PX), LEAST_PX))
    cramped = beside * ratio < LEAST_CELL_PX
    # Where rows are scrolled in any case their strips are as wide as the pane.
    free = max(height, LINE_PX + CRAMPED_PX if cramped else 0) - LINE_PX - 2 * CELL_GAP_PX
    whole = width + name_px
    cells = {lines: _cell_above(whole, free, steps, ratio, lines) for lines in range(1, MOST_LINES + 1)}
    lines = max(cells, key=lambda lines: (cells[lines] / (1 if lines == 1 else WORTH), -lines))
    above = cells[lines]
    if above > min(beside, tall):
        # Of whole pixels, and no higher than there is room for.
        strip = max(int(above), 1) * lines + CELL_GAP_PX * (lines - 1)
        return slider_px, LINE_PX, LINE_PX + 2 * CELL_GAP_PX + strip, lines
    # Where the height decides, the slider takes what the strip cannot use.
    spare = width - slider_px - round(tall * ratio) * steps - gaps
    return min(slider_px + max(spare, 0), 2 * SLIDER_PX[1]), 0, tall, 1


def _cell_above(width: int, height: int, steps: int, ratio: float, lines: int) -> float:
    """Height of the pictures of a strip in so many lines, below its slider."""
    columns = -(-steps // lines)
    return min(
        (width - CELL_GAP_PX * (columns - 1)) / columns / ratio, (height - CELL_GAP_PX * (lines - 1)) / max(lines, 1)
    )
