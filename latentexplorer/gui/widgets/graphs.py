"""pyqtgraph, without what it would load for pictures that lie on a graphics card: 0.2 s of the window's start."""

from __future__ import annotations

import sys

UNUSED = "cuda.bindings"
"""Where a torch for CUDA is installed this is there as well, and takes longer than the rest of pyqtgraph."""

_known = UNUSED in sys.modules
if not _known:
    # An import of it says that there is none; it is forgotten again, for others who do need it.
    sys.modules[UNUSED] = None  # type: ignore[assignment]
import pyqtgraph as pg  # noqa: E402
from pyqtgraph.Qt.internals import PrimitiveArray  # noqa: E402

if not _known:
    del sys.modules[UNUSED]

__all__ = ["PrimitiveArray", "pg"]
