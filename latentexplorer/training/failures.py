"""What is said and kept when a training fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError, OutOfMemoryError, Stopped, is_out_of_memory
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
def nothing_left(folder: RunFolder, *, new: bool) -> Iterator[None]:
    """Take a new run away again that came to nothing before its training began: the same command can then be given."""
    try:
        yield
    except Exception as error:
        if new and not isinstance(error, Stopped):
            folder.discard_empty()
        raise


@contextlib.contextmanager
def memory_explained(config: RunConfig) -> Iterator[None]:
    """Turn the several ways in which memory runs out into one error that says what to lower."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            "The device has not enough memory for this training; whole epochs are kept, if there are any",
            f"Lower training.batch_size (now {config.training.batch_size}), or train a smaller model",
        ) from None
