"""How much each dimension of a traversal matters, as its row says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.gui.panes.traversal.dimension_rows import DimensionRows
from latentexplorer.gui.panes.traversal.slider_ranges import weight_tip

if TYPE_CHECKING:
    from latentexplorer.views.traversal import Dimensions


def show_weights(rows: DimensionRows, dimensions: Dimensions) -> None:
    """Show them at every row that is there, and from where to where its slider goes."""
    value, measure = dimensions.importance.value, dimensions.importance.measure
    kl = measure.startswith("KL")
    top = float(np.nanmax(value, initial=0.0)) or 1.0
    unused = dimensions.importance.unused
    for dimension, row in rows.rows.items():
        span = dimensions.spans[dimension]
        row.set_span(span.low, span.high)
        weight = float(value[dimension])
        words = f"KL {weight:.3g} nats" if kl else f"variance of the codes {weight:.3g}"
        dead = bool(unused[dimension])
        words += ", not used" if dead else ""
        tip = weight_tip(dimension, words, span)
        row.label.set_weight(min(max(weight / top, 0.0), 1.0), dead, tip)
