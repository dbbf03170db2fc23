"""A direction made from two groups of a run's images, with all that its receipt says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.views.attribute_groups import Group, group_of, members, usual
from latentexplorer.views.base import PART_NAMES, Array, Part, count_text
from latentexplorer.views.lookup import is_conditional

if TYPE_CHECKING:
    from latentexplorer.latent.attributes import Direction
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained
    from latentexplorer.runs.attributes import Accuracy, Attribute, Goes, Pixels

FEW = 10
"""Images of a group below which a share is said to be of few."""
STAGES = 5


@dataclass(frozen=True, eq=False)
class Two:
    """Both groups among the codes of a part.

    Attributes
    ----------
    a, b : Codes
    both : int
        Images that were in both, and so in none.
    """

    part: Part
    a: Codes
    b: Codes
    both: int


def refuse_mixtures(trained: Trained) -> None:
    """Raise for a model whose codes are of two images at once."""
    if trained.config.model.kind.separates:
        raise NotApplicableError(
            f"{trained.config.model.kind.title} codes mixtures of two images: no group of images has its own codes",
            "See the separation figure",
        )


def made(
    trained: Trained,
    shown: Trained,
    from_group: str,
    to_group: str,
    *,
    name: str = "",
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Attribute:
    """The direction from one group to another, with its receipt.

    Parameters
    ----------
    trained, shown : Trained
        The run, which knows its images, and the run as it was at some epoch, whose codes are asked.
    from_group, to_group : str
        As `attribute_groups` says; both empty: the usual ones.
    name : str
        Empty: it is called by its groups.

    Raises
    ------
    SettingsError, NotApplicableError
        Where there are no such groups, or no direction between them.
    """
    from latentexplorer.latent.attributes import Direction
    from latentexplorer.runs.attributes import Attribute, Fits, Receipt

    refuse_mixtures(trained)
    if not from_group.strip() and not to_group.strip():
        from_group, to_group = usual(trained)
    groups = group_of(trained, from_group), group_of(trained, to_group)
    part = _part_of(*groups)
    two = _split(trained, shown, part, groups)
    _say(emit, 1, "the direction")
    direction = Direction.between(two.a.loc, two.b.loc)
    accuracy, untold = _accuracy(trained, shown, two, groups, seed, stop)
    _say(emit, 2, "what goes along")
    goes, of, left_out = _beside(trained, shown, direction, two, groups)
    stop.check()
    _say(emit, 3, "how far pixels change")
    pixels = _pixels(shown, direction, two, stop)
    _say(emit, 4, "the model's fingerprint")
    return Attribute(
        name=(name.strip() or f"{groups[0].words} to {groups[1].words}")[:200],
        fits=Fits.of(shown),
        from_group=groups[0].text,
        to_group=groups[1].text,
        from_words=groups[0].words,
        to_words=groups[1].words,
        images_from=len(two.a),
        images_to=len(two.b),
        step=direction.step.tolist(),
        offset=direction.offset,
        receipt=Receipt(
            accuracy=accuracy,
            untold=untold,
            beside=goes,
            beside_of=of,
            left_out=[text[:1000] for text in left_out],
            pixels=pixels,
            notes=_notes(trained, two, groups, accuracy),
        ),
    )


def _say(emit: Emit, done: int, what: str) -> None:
    emit(Progress(done, STAGES, what))


# -- the groups -------------------------------------------------------------------------------------------------------


def _part_of(a: Group, b: Group) -> Part:
    """The part whose codes make the direction."""
    named = {group.part for group in (a, b) if group.part}
    if len(named) == 2:
        raise SettingsError(
            f"One group is of training images and the other of held-out ones ({a.words}, {b.words})",
            "Choose both from one part: codes of images that were learned differ from those of others",
        )
    return "test" if "test" in named else "train"


def _finite(codes: Codes) -> Codes:
    usable = np.isfinite(codes.loc).all(1)
    return codes if usable.all() else codes.take(usable)


def _split(trained: Trained, shown: Trained, part: Part, groups: tuple[Group, Group]) -> Two:
    codes = held_out(shown) if part == "test" else _finite(shown.codes_of("train"))
    if codes is None:
        codes = _finite(shown.codes_of("test"))
    first, last = _masks(trained, shown, codes, part, groups)
    both = first & last
    if (first == last).all():
        what = "have the same images" if first.any() else "have no images whose codes are kept"
        raise SettingsError(f"Both groups ({groups[0].words}, {groups[1].words}) {what}", "Choose two different ones")
    for group, mask in zip(groups, (first & ~both, last & ~both), strict=True):
        if not mask.any():
            raise SettingsError(
                f"The group {group.words!r} has no {PART_NAMES[part]} image of its own whose code is kept",
                "Choose another one",
            )
    return Two(part, codes.take(first & ~both), codes.take(last & ~both), int(both.sum()))


def _masks(
    trained: Trained, shown: Trained, codes: Codes, part: Part, groups: tuple[Group, Group]
) -> tuple[Array, Array]:
    """Which codes belong to each; a group that is not written has all that the other does not have."""
    written = [members(trained, shown, codes, part, group) if group.text else None for group in groups]
    first, last = written
    if first is None:
        assert last is not None
        return ~last, last
    return first, ~first if last is None else last


def held_out(shown: Trained) -> Codes | None:
    """Codes of held-out images: encoded, or fitted; None where there are none."""
    for codes in (shown.codes.get("test"), shown.fitted):
        if codes is not None and len(codes):
            return _finite(codes)
    return None


# -- its receipt ------------------------------------------------------------------------------------------------------


def _accuracy(
    trained: Trained, shown: Trained, two: Two, groups: tuple[Group, Group], seed: int, stop: StopToken
) -> tuple[Accuracy | None, str]:
    """How well it tells images that it was not made of; or why that is not known."""
    from latentexplorer.latent.attributes import told, told_apart
    from latentexplorer.runs.attributes import Accuracy

    named = any(group.part for group in groups)
    if named:
        found = told_apart(two.a.loc, two.b.loc, seed=seed, stop=stop)
        if found is None:
            return None, "Not measured: a single image says nothing of others"
        of = (
            "held-out images, each by the direction that the others make"
            if two.part == "test"
            else "training images, each by the direction that the others make"
        )
    else:
        codes = held_out(shown)
        if codes is None:
            return None, "Not measured: no codes of held-out images are kept, and training images are no test"
        masks = _masks(trained, shown, codes, "test", groups)
        own = masks[0] & ~masks[1], masks[1] & ~masks[0]
        found = told(two.a.loc, two.b.loc, codes.loc[own[0]], codes.loc[own[1]])
        if found is None:
            none = groups[0 if not own[0].any() else 1].words
            return None, f"Not measured: no held-out image of {none!r} has a code"
        of = "held-out images"
    stop.check()
    accuracy = Accuracy(
        value=found.value,
        low=found.low,
        high=found.high,
        images_from=found.counts[0],
        images_to=found.counts[1],
        held_out=not named or two.part == "test",
        of=of,
        discriminant=found.discriminant,
    )
    return accuracy, ""


def _beside(
    trained: Trained, shown: Trained, direction: Direction, two: Two, groups: tuple[Group, Group]
) -> tuple[list[Goes], str, tuple[str, ...]]:
    """What else goes along, of images that the direction was not made of, which lie along it by luck."""
    from latentexplorer.latent.attributes import beside
    from latentexplorer.runs.attributes import MAX_ROWS, Goes
    from latentexplorer.views.dimension_effect import columns_of

    codes = held_out(shown) if two.part == "train" else None
    asked: Part = "train" if codes is None else "test"
    which = f"{PART_NAMES[asked]} image"
    if codes is None:
        codes = _finite(shown.codes_of("train"))
        if two.part == "train":
            codes = codes.take(~np.isin(codes.index, np.concatenate([two.a.index, two.b.index])))
            which = "other training image"
    numbers, names = columns_of(trained, codes, asked)
    rows, left_out = beside(direction.places(codes.loc), numbers, names)
    own = {name for group in groups for name in group.own}
    goes = [
        Goes(
            name=row.name[:1000],
            group=row.group,
            images=row.count,
            value=row.value,
            low=row.low,
            high=row.high,
            against=row.against,
            own=row.name in own or row.name.partition(" = ")[0] in own,
        )
        for row in rows[:MAX_ROWS]
    ]
    return goes, count_text(len(codes), which), left_out


def _pixels(shown: Trained, direction: Direction, two: Two, stop: StopToken) -> Pixels:
    from latentexplorer.latent.attributes import pixel_change
    from latentexplorer.runs.attributes import Pixels

    def decode(z: Array, y: Array | None) -> Array:
        return shown.decode(z, y, clamped=False, stop=stop)

    conditional = is_conditional(shown)
    labels = (two.a.labels, two.b.labels) if conditional else (None, None)
    found = pixel_change(decode, direction.step, two.a.loc, two.b.loc, labels)
    return Pixels(step=found.step, between=found.between, within=found.within, codes=found.codes)


def _notes(trained: Trained, two: Two, groups: tuple[Group, Group], accuracy: Accuracy | None) -> list[str]:
    said = []
    if two.both:
        said.append(f"{count_text(two.both, 'image')} of both groups left out")
    if accuracy is not None and min(accuracy.images_from, accuracy.images_to) < FEW:
        said.append("Few images were asked: the interval is as wide as that")
    if accuracy is not None and not accuracy.held_out:
        said.append("The model was trained on the images that were asked: select held-out ones to know of new images")
    if accuracy is not None and any(group.part for group in groups):
        said.append("Groups that were drawn round on a map of these codes are told apart by how they were chosen")
    if is_conditional(trained):
        said.append("The decoder is told the class, so that codes need not hold it; a moved code keeps its class")
    return said
