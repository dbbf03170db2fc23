"""What a survey says, in words."""

from __future__ import annotations

from collections.abc import Sequence

from latentexplorer.data.survey import Survey

SIZES_SHOWN, KINDS_SHOWN = 3, 3
STAGES = {"finding": "finding images", "looking": "looking at images", "reading": "reading images", "done": ""}


def counted(count: int, one: str, many: str = "") -> str:
    """`1 image`, `1,240 images`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def headline(survey: Survey) -> str:
    """How many images in how many classes, sizes and colours."""
    # Those that cannot be read are counted below.
    parts = [counted(max(survey.images - len(survey.unreadable), 0), "image")]
    if survey.labelled:
        parts.append(counted(sum(bool(found.name) for found in survey.classes), "class", "classes"))
    if survey.sizes:
        sizes = [f"{width} × {height}" for height, width, _ in survey.sizes]
        parts.append(f"all {sizes[0]}" if len(sizes) == 1 else _listed(sizes, SIZES_SHOWN, "sizes"))
    if survey.kinds:
        kinds = [f"{count:,} {kind}" for kind, count in survey.kinds]
        parts.append(survey.kinds[0][0] if len(kinds) == 1 else _listed(kinds, KINDS_SHOWN, "kinds"))
    return " · ".join(parts)


def _listed(texts: Sequence[str], most: int, what: str) -> str:
    """`most` of some texts, and how many more there are: two at least, for one takes the room of saying so."""
    shown = texts if len(texts) <= most + 1 else texts[:most]
    return ", ".join(shown) + (f" and {len(texts) - len(shown):,} more {what}" if len(shown) < len(texts) else "")


def progress(survey: Survey) -> str:
    """What is being done, and how far it is."""
    done, total = survey.progress
    how_far = f", {done:,} of {total:,}" if total else ""
    return STAGES[survey.stage] + how_far if STAGES[survey.stage] else ""


def outcome(survey: Survey, epochs: int) -> str:
    """What a training will have, and for how many epochs; "" while it is not known."""
    if survey.shape is None:
        return ""
    channels, height, width = survey.shape
    color = "grey" if channels == 1 else "colour"
    have = f"{survey.train:,} to train on, {survey.held_out:,} held out, {width} × {height} {color}"
    return f"{have} · {counted(epochs, 'epoch')}"
