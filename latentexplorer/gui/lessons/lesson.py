"""What a lesson is made of: plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """Something to answer by looking.

    Attributes
    ----------
    text : str
    choices : tuple of str
    means : tuple of str
        What would be seen or measured if that choice were right, for who has taken it wrongly: "then ...".
    answer : str
        Key of `answers.ANSWERS`: measures which of the choices is right.
    hint : str
        Where to look, for who was wrong.
    why : str
        What it comes from, for who was right.
    """

    text: str
    choices: tuple[str, ...]
    means: tuple[str, ...]
    answer: str
    hint: str
    why: str


@dataclass(frozen=True)
class Step:
    """One thing to do, or to answer.

    Attributes
    ----------
    do, look : str
        What to do; what to look at meanwhile.
    until : str
        Key of `facts.FACTS`: what is waited for; "" where there is a question.
    workspace, pane : str
        What is shown for it; "" leaves the window as it is.
    trains : tuple of str
        Settings that are put into the form, as `KEY=VALUE`.
    keeps : str
        Key of `facts.KEPT`: a number that is noted when the step is done, for a later question.
    """

    do: str = ""
    look: str = ""
    until: str = ""
    workspace: str = ""
    pane: str = ""
    trains: tuple[str, ...] = ()
    keeps: str = ""
    question: Question | None = None


@dataclass(frozen=True)
class Lesson:
    """A demonstration.

    Attributes
    ----------
    page : str
        The page of the guide that tells more.
    words : str
        What it is found by besides: what it is about, in the words of who looks for it.
    minutes : int
        What it takes, trainings included.
    """

    name: str
    title: str
    summary: str
    page: str
    steps: tuple[Step, ...]
    words: str = ""
    minutes: int = 2
