"""What a survey says, in words."""

from __future__ import annotations

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
        shown = [f"{width} × {height}" for height, width, _ in survey.sizes[:SIZES_SHOWN]]
        more = len(survey.sizes) - len(shown)
        one = len(survey.sizes) == 1
        parts.append(f"all {shown[0]}" if one else ", ".join(shown) + (f" and {more:,} more sizes" if more else ""))
    if survey.kinds:
        shown = [f"{count:,} {kind}" for kind, count in survey.kinds[:KINDS_SHOWN]]
        more = len(survey.kinds) - len(shown)
        one = len(survey.kinds) == 1
        parts.append(survey.kinds[0][0] if one else ", ".join(shown) + (f" and {more} more kinds" if more else ""))
    return " · ".join(parts)


def progress(survey: Survey) -> str:
    """What is being done, and how far it is."""
    done, total = survey.progress
    how_far = f", {done:,} of {total:,}" if total else ""
    return STAGES[survey.stage] + how_far if STAGES[survey.stage] else ""


def outcome(survey: Survey) -> str:
    """What a training will have; "" while it is not known."""
    if survey.shape is None:
        return ""
    channels, height, width = survey.shape
    color = "grey" if channels == 1 else "colour"
    return f"{survey.train:,} to train on, {survey.held_out:,} held out, {width} × {height} {color}"
