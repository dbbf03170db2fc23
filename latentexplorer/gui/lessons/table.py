"""The lessons: plain data. What is waited for and what is right are names of functions in `facts` and `answers`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """Something to answer by looking.

    Attributes
    ----------
    text : str
    choices : tuple of str
    answer : str
        Key of `answers.ANSWERS`: measures which of the choices is right.
    hint : str
        Where to look, for who was wrong.
    why : str
        What it comes from, for who was right.
    """

    text: str
    choices: tuple[str, ...]
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
    """

    name: str
    title: str
    summary: str
    page: str
    steps: tuple[Step, ...]


_DIGITS = (
    "data.name=digits",
    "data.size=16",
    "model.architecture=mlp",
    "model.hidden=[64, 32]",
    "training.lr=0.003",
    "training.snapshots=0",
)
_VAE, _AE = (*_DIGITS, "model.family=vae"), (*_DIGITS, "model.family=ae")
_MOVE = "Pull a slider of Traversal from one end to the other"

_COLLAPSE = Lesson(
    "collapse",
    "A posterior collapses",
    "A KL weight that is too large leaves the code with nothing to say",
    "likelihood",
    (
        Step(
            "Press Train: a VAE of four numbers whose KL weighs 100 times as much as it should",
            "Watch the KL in Loss: it falls to nought within a few epochs",
            "trained",
            "train",
            trains=(*_VAE, "data.size=8", "model.latent_dim=4", "model.beta=100", "training.epochs=12"),
        ),
        Step(_MOVE, "Watch the picture in Decoded", "moved", "diagnose", "traversal"),
        Step(
            question=Question(
                "What did the picture do while you pulled?",
                ("It hardly changed", "It became other digits", "It only got sharper"),
                "picture",
                "Pull once more, and look at Decoded and at the strip beside the slider",
                "A nat in the code costs 100 nats here and saves far less in pixels. So every posterior became the "
                "prior, and the decoder draws the mean of all digits",
            )
        ),
        Step(
            "Press Train again: the same model with a KL weight of 1",
            "Watch the KL in Loss: it stays above nought, the code says something",
            "trained",
            "train",
            trains=(*_VAE, "data.size=8", "model.latent_dim=4", "model.beta=1", "training.epochs=15"),
        ),
        Step(_MOVE, "Watch the picture in Decoded", "moved", "diagnose", "traversal"),
        Step(
            question=Question(
                "How many of the four dimensions does this model use?",
                ("None, as before", "One or two", "Three or four"),
                "active",
                "Pull each slider: one that is used changes the picture",
                "With a weight of 1 a dimension is used while it saves more in pixels than it costs in KL",
            )
        ),
    ),
)

_PRIOR = Lesson(
    "prior",
    "The prior shapes the code",
    "Where codes lie without a prior, with a normal one and with a uniform one",
    "latent-space",
    (
        Step(
            "Press Train: an auto-encoder of two numbers, and nothing that says where its codes should lie",
            "Watch the map: clouds form and drift apart; read the numbers at its edges",
            "trained",
            "train",
            trains=(*_AE, "model.latent_dim=2", "training.epochs=30"),
            keeps="spread",
        ),
        Step(
            "Press Train again: the same network as a VAE, whose codes are held to a normal prior of width 1",
            "Watch the map: the clouds stay together around nought",
            "trained",
            "train",
            trains=(*_VAE, "model.latent_dim=2", "training.epochs=30"),
            keeps="spread",
        ),
        Step(
            question=Question(
                "Whose codes lie nearer to where that prior draws?",
                ("The auto-encoder's", "The VAE's", "Both alike"),
                "nearer",
                "The map shows the VAE; the pane Runs opens the auto-encoder again: read the numbers at the edges",
                "A decoder finds its way to codes wherever they are. Only the KL costs something away from the prior",
            )
        ),
        Step(
            "Press Ctrl+D three times: each time a code is drawn from the prior",
            "Look at Decoded: most draws are digits, because codes were held to lie there",
            "drawn",
            "explore",
            "decoded",
        ),
        Step(
            "Press Train a third time: the same VAE with a uniform prior on -1 to 1",
            "Watch the map: which shape does the cloud take?",
            "trained",
            "train",
            trains=(
                *_VAE,
                "model.latent_dim=2",
                "model.prior=uniform",
                "model.kl_warmup=10",
                "training.epochs=30",
            ),
        ),
        Step(
            question=Question(
                "Where do its codes lie?",
                ("In a round cloud that thins out", "Inside a square from -1 to 1", "All over the plane"),
                "square",
                "Read the numbers at the edges of the map",
                "The KL to a prior that is nought outside the square has no end there: no posterior reaches out of it",
            )
        ),
    ),
)

_SHELL = Lesson(
    "shell",
    "A straight line leaves the shell",
    "In many dimensions the middle between two codes is not where codes are",
    "near-data",
    (
        Step(
            "Press Train: a VAE of 32 numbers",
            "Watch the total in Loss: it falls within seconds",
            "trained",
            "train",
            trains=(*_VAE, "model.latent_dim=32", "training.epochs=10"),
        ),
        Step(
            "In Interpolation press Draw two random codes",
            "Look at the strip: pictures on the way from A to B, two draws from the prior",
            "anchors",
            "explore",
            "interpolation",
        ),
        Step(
            "Click the picture in the middle of the strip, or set the slider to 50",
            "Look at the picture, and at how near to data it is said to be",
            "straight",
            "",
            "interpolation",
        ),
        Step(
            question=Question(
                "How long is the code in the middle, beside those at the ends?",
                ("Shorter", "As long", "Longer"),
                "straight_length",
                "Think of two arrows from one point, and of the place halfway between their tips",
                "Draws of many numbers are nearly all equally long: they lie on a shell, and a straight line cuts "
                "through its hollow inside",
            )
        ),
        Step(
            "Choose spherical in place of linear, and go to the middle again",
            "Does the middle look more like a digit now?",
            "round",
            "",
            "interpolation",
        ),
        Step(
            question=Question(
                "And how long is the code in the middle of the spherical way?",
                ("Shorter", "As long", "Longer"),
                "round_length",
                "The spherical way goes around the middle, not through it",
                "It stays on the shell, where the decoder has seen codes",
            )
        ),
    ),
)

LESSONS: dict[str, Lesson] = {lesson.name: lesson for lesson in (_COLLAPSE, _PRIOR, _SHELL)}
"""By name, in the order in which they are best taken."""
