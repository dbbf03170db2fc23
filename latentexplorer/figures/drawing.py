"""All figures are drawn on one thread that lasts, one at a time.

matplotlib's settings belong to the whole process, and it keeps a font with three open files for every thread that has
ever drawn a text. The window's jobs each have a thread of their own: they would take more with every export.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from latentexplorer.figures.style import own_settings

T = TypeVar("T")

_LOCK = threading.RLock()


class _Drawer:
    """The thread; it is begun when it is first asked for, and ends with the program."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None

    def ask(self, work: Callable[[], T]) -> T:
        answer: Future[T] = Future()
        with _LOCK:
            if self.thread is None:
                self.thread = threading.Thread(target=self._serve, name="figures", daemon=True)
                self.thread.start()
        self._asked.put((answer, work))
        return answer.result()

    def _serve(self) -> None:
        while True:
            answer, work = self._asked.get()
            try:
                answer.set_result(_draw(work))
            except BaseException as error:  # noqa: BLE001  the boundary of the thread: whoever asked is told
                answer.set_exception(error)
            # What was drawn is not kept until the next one comes.
            del answer, work


_drawer = _Drawer()


def on_one_thread(work: Callable[[], T]) -> T:
    """What `work` returns, which draws or writes a figure, with our own settings; it raises what that raises.

    The program's main thread lasts as well, and draws by itself.
    """
    if threading.current_thread() in (threading.main_thread(), _drawer.thread):
        return _draw(work)
    return _drawer.ask(work)


def _draw(work: Callable[[], T]) -> T:
    with _LOCK, own_settings():
        return work()
