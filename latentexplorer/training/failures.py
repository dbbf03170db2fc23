"""What is said and kept when a training fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError, OutOfMemoryError
from latentexplorer.runs import RunFolder


class FailureKept:
    """Say in the folder that the training failed, and why, once it has begun.

    Attributes
    ----------
    begun : bool
        Until then a failure is a refusal, which leaves no trace.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self.begun = False

    def __enter__(self) -> FailureKept:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not (self.begun and isinstance(error, Exception)):
            return
        # The folder itself may be what failed.
        with contextlib.suppress(LatentExplorerError):
            if self._folder.status == "training":
                self._folder.set_status("failed", str(error))
                self._folder.log(f"failed: {error}")


@contextlib.contextmanager
def memory_explained(config: RunConfig) -> Iterator[None]:
    """Turn the several ways in which memory runs out into one error that says what to lower."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # On the CPU torch raises a plain RuntimeError.
        text = str(error).lower()
        if not isinstance(error, MemoryError | torch.OutOfMemoryError) and not (
            "memory" in text and ("allocate" in text or "enough" in text)
        ):
            raise
        raise OutOfMemoryError(
            "The device has not enough memory for this training; the last whole epoch is kept",
            f"Lower training.batch_size (now {config.training.batch_size}), or train a smaller model",
        ) from None
