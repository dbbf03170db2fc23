"""What can go wrong, in one small tree. Every error says what happened and what to do about it."""

from __future__ import annotations

LONGEST = 4800
"""Letters that a message has at most: a full path goes in, a file's content does not."""


def both_ends(text: str, most: int) -> str:
    """A text, or the beginning and the end of a longer one: names and values from files can be of any length."""
    return text if len(text) <= most else f"{text[: most * 3 // 4]} ... {text[-most // 4 :]}"


class LatentExplorerError(Exception):
    """Base of every error meant for a person.

    Parameters
    ----------
    what : str
        What happened and where, one line, without a full stop.
    todo : str
        What to do about it, one line. May be empty where `what` already says it.
    """

    title = "Something went wrong"
    remedy = ""
    """A setting as `KEY=VALUE` with which it would have worked, where there is one."""
    offer = ""
    """What the remedy does, as a button says it: "Leave these 3 out"."""

    def __init__(self, what: str, todo: str = "") -> None:
        # A name may hold line breaks: what was pasted for one, say.
        what, todo = " ".join(what.splitlines()), " ".join(todo.splitlines())
        what = both_ends(what, LONGEST)
        super().__init__(what, todo)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        line = " ".join(f"{self.what}. {self.todo}".split()) if self.todo else " ".join(self.what.split())
        return line.rstrip()


class SettingsError(LatentExplorerError):
    """A setting is unknown, out of range or does not go with another one."""

    title = "These settings do not work"


class DataError(LatentExplorerError):
    """Images could not be found, read or used."""

    title = "These images cannot be used"


class UnreadableError(DataError):
    """Some image files cannot be read; the others can be used without them.

    Parameters
    ----------
    count : int
        How many cannot be read.
    """

    remedy = "data.skip_unreadable=true"

    def __init__(self, what: str, todo: str, count: int) -> None:
        super().__init__(what, todo)
        self.offer = f"Leave these {count:,} out" if count > 1 else "Leave this one out"


class RunError(LatentExplorerError):
    """A run folder is missing, damaged, hostile or cannot be written."""

    title = "This run cannot be used"


class NotApplicableError(LatentExplorerError):
    """A question that makes no sense for this model or this data (the scale of a PCA code, say)."""

    title = "Not for this model"


class TrainingError(LatentExplorerError):
    """Training could not go on. The last good state is kept."""

    title = "Training stopped"


class DivergedError(TrainingError):
    """The loss became infinite or not a number."""


class OutOfMemoryError(TrainingError):
    """The device has no memory left."""


class MissingExtraError(LatentExplorerError):
    """An optional package is not installed."""

    title = "An optional package is missing"


_OUT_OF_MEMORY = (
    "out of memory",
    "alloc_failed",
    "unable to find an engine",
    "unable to find a valid cudnn algorithm",
    "no valid convolution algorithms",
)
"""How CUDA's libraries say it: cuDNN finds no algorithm where none of them has room to work."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, which numpy, torch on a card and torch on the CPU each say in their own way."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower() if isinstance(error, RuntimeError) else ""
    if any(words in text for words in _OUT_OF_MEMORY):
        return True
    return "memory" in text and ("allocate" in text or "enough" in text)


class Stopped(Exception):
    """Raised inside long work when the person has asked it to stop."""
