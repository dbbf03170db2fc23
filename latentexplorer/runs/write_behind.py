"""Files of a run that are written in a thread of their own, so that a training need not wait for the disk."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from torch import Tensor

from latentexplorer.runs.folder import RunFolder

MOST_BYTES = 128 * 2**20
"""Of tensors that are written behind: they are kept once more meanwhile. Larger ones are waited for, as
the epochs of a model that large take long."""


class WriteBehind:
    """Writes one file at a time, in the order in which they are given, each whole or not at all.

    As a context it waits for the last one when it is left. What went wrong with a file is raised when the next one is
    given, by `wait` or on leaving; where something else has failed already, that is what is told.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "files of a run")
        self._last: Future[None] | None = None

    def write_tensors(
        self, folder: RunFolder, name: str, tensors: Mapping[str, Tensor], info: Mapping[str, Any]
    ) -> None:
        """`RunFolder.write_tensors`, of the tensors as they are now: they may change as soon as this returns.

        Raises
        ------
        RunError
            As `wait` does; where they are large also why it could not be written.
        """
        self.wait()
        if sum(tensor.nbytes for tensor in tensors.values()) > MOST_BYTES:
            folder.write_tensors(name, tensors, info)
            return
        copies = {key: tensor.detach().to("cpu", copy=True) for key, tensor in tensors.items()}
        self._last = self._thread.submit(folder.write_tensors, name, copies, dict(info))

    def wait(self) -> None:
        """Return when all that was given is on the disk.

        Raises
        ------
        RunError
            If it could not be written: the disk is full, the folder was moved or replaced.
        """
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def __enter__(self) -> WriteBehind:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._thread.shutdown()
        if error is None:
            self.wait()
