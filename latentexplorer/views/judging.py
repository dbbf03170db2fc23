"""Which class decoded images are judged to be of: by the classifier that the program trains, or one from a file."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.paths import expanded
from latentexplorer.views.base import Array
from latentexplorer.views.code_path import CodePath
from latentexplorer.views.lookup import TILE, is_conditional
from latentexplorer.views.palette import class_color

if TYPE_CHECKING:
    from pathlib import Path

    from latentexplorer.data import ImageSet
    from latentexplorer.latent.judge import Judge
    from latentexplorer.latent.regions import Flip, Verdict
    from latentexplorer.runs import Trained

LEAST_STRENGTH = 0.15
"""How strong the colour of a place is whose class is a mere guess."""
FIRST_LOOKS = 65
"""Places at least at which a path is judged before the changes between them are narrowed down."""
REGIONS_HELP = (
    "Which class a classifier takes each decode for, in the colours of the classes; pale where it is unsure. The "
    "classifier is trained on the same images, or brought as a file"
)
CLASSIFIER_HELP = (
    "An ONNX file whose input is images (B, C, H, W) or (B, numbers) on [0, 1], its output a number a class. Empty: "
    "one is trained on the run's images."
)

_known: WeakKeyDictionary[ImageSet, Judge] = WeakKeyDictionary()
"""One a set of images: training it takes seconds, and the state of the model has no part in it."""
_training = threading.Lock()
_brought: WeakKeyDictionary[ImageSet, tuple[tuple[object, ...], Judge]] = WeakKeyDictionary()
"""The last classifier from a file a set of images, and of which file, in which state, for which classes it is."""


@dataclass(frozen=True, eq=False)
class Regions:
    """What a classifier says of places, with what must be known of it.

    Attributes
    ----------
    verdict : Verdict
    class_names : tuple of K str
    by : str
        Who judged, and how often that is right.
    right : str
        How often alone: "right on 97 % of 512 held-out images", "... (90 % are of one class)" where that is much of it.
    """

    verdict: Verdict
    class_names: tuple[str, ...]
    by: str
    right: str

    @property
    def brief(self) -> str:
        """The same without of how many: "right on 97 %"."""
        head, _, rest = self.right.partition(" of ")
        one = rest.partition(" (")[2]
        return f"{head} ({one}" if one else head

    @property
    def strength(self) -> Array:
        """How strong the colour of each place is: `LEAST_STRENGTH` for a guess, 1 where the class is certain."""
        return strength_of(self.verdict.confidence, len(self.class_names))

    def note(self, what: str) -> str:
        """What colours mean, and who judged."""
        return f"{what}: the class each decode is judged to be of, pale where unsure. Judge: {self.by}"

    @property
    def present(self) -> list[int]:
        """Classes that are named somewhere, the most frequent first."""
        count = np.bincount(self.verdict.classes.ravel(), minlength=len(self.class_names))
        return [at for at in sorted(range(len(count)), key=count.__getitem__, reverse=True) if count[at]]

    def words(self, index: int) -> str:
        """`judged 4 (93 %)`, of one place, counted row by row."""
        at, sure = self.verdict.classes.flat[index], self.verdict.confidence.flat[index]
        return f"judged {self.class_names[int(at)]} ({100 * float(sure):.0f} %)"

    @property
    def numbers(self) -> dict[str, Any]:
        """Classes by name and confidences, as JSON has them; None for places that were not judged."""
        sure = self.verdict.confidence
        names = np.asarray(np.array(self.class_names, object)[self.verdict.classes])
        names[~np.isfinite(sure)] = None
        return {
            "judged_by": self.by,
            "classes": names.tolist(),
            "confidence": sure.tolist(),
        }


def strength_of(confidence: Array, classes: int) -> Array:
    """Confidences as strengths of a colour, `LEAST_STRENGTH` to 1; the least there can be is 1 / `classes`."""
    least = 1 / max(classes, 2)
    above = np.clip((np.nan_to_num(confidence) - least) / (1 - least), 0, 1)
    return np.asarray(LEAST_STRENGTH + (1 - LEAST_STRENGTH) * above)


def shades(verdict: Verdict, strength: Array, ground: str, *, dark: bool = False) -> Array:
    """Colours (..., 3), uint8, of places on a ground: that of the class, as strong as is told."""
    count = int(verdict.classes.max(initial=0)) + 1
    table = np.array([rgb(class_color(at, dark=dark)) for at in range(count)])
    mixed = table[verdict.classes] * strength[..., None] + np.array(rgb(ground)) * (1 - strength[..., None])
    return np.asarray(np.clip(mixed.round(), 0, 255).astype(np.uint8))


def borders(classes: Array) -> tuple[Array, Array]:
    """Where neighbours in a grid of classes (R, S) differ: to the right (R, S - 1), and below (R - 1, S); bool."""
    return classes[:, 1:] != classes[:, :-1], classes[1:] != classes[:-1]


def rgb(color: str) -> tuple[int, int, int]:
    """The three parts, 0..255, of `#RRGGBB`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def judge_of(trained: Trained, classifier: str = "", *, emit: Emit = ignore, stop: StopToken = NEVER) -> Judge:
    """The classifier in a file, else the one that is trained on the run's images; it is kept as long as these are.

    Raises
    ------
    NotApplicableError
        Where there is nothing to tell apart, and why.
    """
    if trained.config.model.kind.separates:
        raise NotApplicableError(
            f"{trained.config.model.kind.title} decodes two images at once, which are of two classes",
            "Choose a model that decodes one image",
        )
    if classifier:
        return _from_file(expanded(classifier), trained, emit, stop)
    from latentexplorer.latent.judge import train_judge

    if not trained.class_names:
        raise NotApplicableError("These images carry no classes to tell apart", "Bring a classifier as a file")
    train = trained.images("train")
    while not _training.acquire(timeout=0.05):
        stop.check()
    try:
        known = _known.get(train)
        if known is None:
            test = trained.images("test")
            held_out = None if test.labels is None else (test.images, test.labels)
            known = train_judge(train.images, train.labels, train.class_names, held_out, emit=emit, stop=stop)
            _known[train] = known
    finally:
        _training.release()
    return known


def _from_file(path: Path, trained: Trained, emit: Emit, stop: StopToken) -> Judge:
    """Read once, as long as the file stays as it is and the run has the same images."""
    from latentexplorer.latent.classifier_file import read_classifier

    images = None if trained.data is None else trained.images("train")
    try:
        about = path.stat()
    except OSError:
        # Reading it says what is wrong with it.
        return read_classifier(path, trained, emit=emit, stop=stop)
    state = (path.absolute(), about.st_mtime_ns, about.st_size, trained.image_shape, trained.class_names)
    if images is not None:
        known = _brought.get(images)
        if known is not None and known[0] == state:
            return known[1]
    judge = read_classifier(path, trained, emit=emit, stop=stop)
    if images is not None:
        _brought[images] = state, judge
    return judge


def right_of(judge: Judge) -> str:
    """`right on 97 % of 512 held-out images`."""
    return judge.tested.words if judge.tested is not None else "not known how often it is right"


def said_of(judge: Judge) -> str:
    """`a small classifier of the training images, right on 97 % of 512 held-out images`."""
    return f"{judge.name}, {right_of(judge)}"


def judged(
    trained: Trained,
    judge: Judge,
    codes: Array,
    y: Array | int | None = None,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Regions:
    """Judge the decodes of codes (..., D), in classes (...) or one class for all where the model is told some."""
    from latentexplorer.latent.regions import verdict

    flat = codes.reshape(-1, codes.shape[-1])
    classes = y.ravel() if isinstance(y, np.ndarray) else y
    found = probabilities(trained, judge, flat, classes, emit=emit, stop=stop)
    return Regions(verdict(found).shaped(codes.shape[:-1]), judge.class_names, said_of(judge), right_of(judge))


def probabilities(
    trained: Trained,
    judge: Judge,
    codes: Array,
    y: Array | int | None = None,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Array:
    """What a classifier makes of the decodes of codes (N, D) as they are seen, on [0, 1]: (N, K)."""
    found = []
    told = None
    if is_conditional(trained):
        told = np.asarray(y, np.int64) if isinstance(y, np.ndarray) else np.full(len(codes), y or 0, np.int64)
    for start in range(0, len(codes), TILE):
        stop.check()
        tile = slice(start, start + TILE)
        images = trained.decode(codes[tile], None if told is None else told[tile], stop=stop)
        found.append(judge.probabilities(images, stop=stop))
        emit(Progress(min(start + TILE, len(codes)), len(codes), "judging decodes"))
    return np.concatenate(found) if found else np.zeros((0, len(judge.class_names)))


@dataclass(frozen=True, eq=False)
class JudgedPath:
    """A path, judged.

    Attributes
    ----------
    t : (n,) float64
        Parts of the path, 0..1.
    regions : Regions
        At these.
    flips : tuple of Flip
    told : bool
        Whether the model is told another class in the middle, which is a change of its own.
    """

    t: Array
    regions: Regions
    flips: tuple[Flip, ...]
    told: bool

    def at(self, steps: int) -> Regions:
        """What is said of `steps` images evenly spread over the path."""
        from latentexplorer.latent.regions import Verdict

        rows = np.abs(self.t[None] - np.linspace(0, 1, steps)[:, None]).argmin(1)
        seen = self.regions.verdict
        return replace(self.regions, verdict=Verdict(seen.classes[rows], seen.confidence[rows]))

    def flip_words(self, flip: Flip, steps: int) -> str:
        """`4 → 9 at 0.43, between images 4 and 5`, of `steps` images."""
        names = self.regions.class_names
        first = min(int(flip.at * (steps - 1)), steps - 2) + 1
        words = f"{names[flip.before]} → {names[flip.after]} at {flip.at:.3g}, between images {first} and {first + 1}"
        told = self.told and abs(flip.at - 0.5) < 1e-3
        return f"{words} (where the model is told another class)" if told else words

    def words(self, steps: int) -> str:
        """All changes in a sentence."""
        if not self.flips:
            return f"{self.regions.class_names[int(self.regions.verdict.classes[0])]} all the way"
        return "; ".join(self.flip_words(flip, steps) for flip in self.flips)

    @property
    def brief(self) -> str:
        """The same in fewer words, with how often the judge is right."""
        names = self.regions.class_names
        changes = [f"{names[flip.before]} → {names[flip.after]} at {flip.at:.3g}" for flip in self.flips]
        return " · ".join([*(changes or [self.words(2)]), self.regions.brief])

    def note(self, steps: int) -> str:
        """All changes, and who judged."""
        return f"Judged {self.words(steps)}. Judge: {self.regions.by}"

    @property
    def numbers(self) -> list[dict[str, Any]]:
        """The changes, as JSON has them."""
        names = self.regions.class_names
        return [{"at": flip.at, "from": names[flip.before], "to": names[flip.after]} for flip in self.flips]


def judged_path(
    trained: Trained, judge: Judge, path: CodePath, steps: int, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> JudgedPath:
    """Judge a path at its `steps` images and at places between them, and find where the class changes."""
    from latentexplorer.latent.regions import flips, verdict

    between = max(-(-(FIRST_LOOKS - 1) // (steps - 1)), 1)
    t = np.linspace(0, 1, between * (steps - 1) + 1)

    def along(places: Array) -> Array:
        return probabilities(trained, judge, path.codes_at(places), path.classes_at(places), stop=stop)

    seen = along(t)
    emit(Progress(1, 2, "looking for changes of class"))
    found = flips(along, t, seen, stop=stop)
    told = path.classes is not None and path.classes[0] != path.classes[1]
    return JudgedPath(t, Regions(verdict(seen), judge.class_names, said_of(judge), right_of(judge)), tuple(found), told)
