"""Train latent-variable models of images and explore what they learn. From Python: `latentexplorer.scripting`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# Without it sums of a card differ from call to call. torch reads it once, at the first matrix product of the process:
# when somebody asks for exact numerics it is too late.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

if TYPE_CHECKING:
    from latentexplorer.core.errors import LatentExplorerError
    from latentexplorer.scripting import Run, figure, open_run, resume, train, view
else:

    def __getattr__(name: str) -> object:
        # Here and not above, so that a window or command is there before what only scripts need (PEP 562).
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from latentexplorer import scripting
        from latentexplorer.core.errors import LatentExplorerError

        return LatentExplorerError if name == "LatentExplorerError" else getattr(scripting, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = ["LatentExplorerError", "Run", "figure", "open_run", "resume", "train", "view"]
