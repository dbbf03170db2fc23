"""What Qt calls back into Python: an error there is told, and ends neither the program nor what goes on around it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QGraphicsItem

GUARDED = "_errors_are_told"
DRAWING = ("paint", "drawBackground", "drawForeground", "drawItems")


def guard_overrides() -> None:
    """In every class that is derived from one of Qt from now on, guard the methods that Qt calls.

    Where Python has called Qt, which draws and calls Python again, PySide6 looks into an error that comes from there.
    Before Python 3.12 it takes the text of an error that was raised by C code (an index out of range, the pop of an
    empty list) for the error itself, and the process is gone. So an error is caught where it is raised: of an event or
    a drawing, which answer nothing, it goes to `sys.excepthook`, as that of a slot does; else it is raised again, by
    when it is a whole one.
    """

    for base in (QObject, QGraphicsItem):
        if "__init_subclass__" not in vars(base):
            base.__init_subclass__ = _guarding(base)  # type: ignore[method-assign]


def _guarding(base: type) -> Any:
    """`__init_subclass__` of a class of Qt."""

    def derived(cls: Any, /, **keywords: Any) -> None:
        super(base, cls).__init_subclass__(**keywords)  # type: ignore[arg-type]
        of_qt = [vars(each) for each in cls.__mro__ if each.__module__.startswith("PySide6.")]
        for name, method in list(vars(cls).items()):
            own = isinstance(method, FunctionType) and not name.startswith("__") and not hasattr(method, GUARDED)
            if own and any(name in members for members in of_qt):
                setattr(cls, name, _guarded(method))

    return classmethod(derived)


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    silent = method.__name__.endswith("Event") or method.__name__ in DRAWING

    @functools.wraps(method)
    def call(*args: Any, **keywords: Any) -> Any:
        try:
            return method(*args, **keywords)
        except Exception as error:
            if not silent:
                raise
            sys.excepthook(type(error), error, error.__traceback__)

    setattr(call, GUARDED, True)
    return call
