"""What is done to a file: by its bytes, by its text, by what it is."""

from __future__ import annotations

import contextlib
import os
import random
import re
import struct
from collections.abc import Callable
from pathlib import Path

SECRET = "secret.png"
"""Lies beside every case, outside of what is read: links lead to it, and no reader of a run may follow them."""
MUCH = (0, 1, 255, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
WORDS = (
    *(b"[" * 1500, b"{" * 1500, b"a" + b".a" * 600 + b" = 1\n", b"9" * 5000, b'"' + b"x" * 150_000 + b'"', b"\0" * 200),
    *(b"\xff\xfe", b"../../../../etc/passwd", b"//host/share/x.png", b"<img src='x.png'>", b"NaN", b"-1", b"1e400"),
    *(b",".join([b"1"] * 3000), b"\n" * 5000, b"'''", b"#" * 70_000, b"inf", b'": {"', b"null", "🐱".encode()),
    # Nobody closes these, and each of their letters could.
    *(b'"' + rb"\"" * 20_000, b'"""' + rb"\"" * 20_000, b"'''" + b"''" * 20_000 + b"\\", b'x = "' + rb"\\\"" * 9_000),
)

Mutation = Callable[[random.Random, Path], str]
"""Changes the file at a path; says what it did."""


def flip_bits(draw: random.Random, path: Path) -> str:
    content = bytearray(path.read_bytes())
    number = draw.choice((1, 1, 2, 8, 64))
    # Most walls stand at the beginning.
    last = len(content) if draw.random() < 0.5 else min(len(content), 300)
    for _ in range(number if content else 0):
        content[draw.randrange(last)] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    return f"{number} bits flipped"


def cut(draw: random.Random, path: Path) -> str:
    content = path.read_bytes()
    left = draw.choice((0, 1, 7, 8, draw.randint(0, len(content)), max(0, len(content) - draw.randint(1, 20))))
    path.write_bytes(content[:left])
    return f"cut to {left} bytes"


def splice(draw: random.Random, path: Path) -> str:
    content = path.read_bytes()
    one, other, to = (draw.randint(0, len(content)) for _ in range(3))
    path.write_bytes(content[:to] + content[min(one, other) : max(one, other)] + content[to:])
    return f"bytes {min(one, other)} to {max(one, other)} once more at {to}"


def huge_number(draw: random.Random, path: Path) -> str:
    """A number that says how much follows."""
    content = bytearray(path.read_bytes())
    form = draw.choice(("<I", ">I", "<Q", ">Q", "<H", ">H"))
    width, value = struct.calcsize(form), draw.choice(MUCH)
    at = draw.randint(0, min(len(content), draw.choice((40, 200, len(content)))))
    content[at : at + width] = struct.pack(form, value % 2 ** (8 * width))
    path.write_bytes(content)
    return f"{value} as {form} at {at}"


def words(draw: random.Random, path: Path) -> str:
    """Text in the middle of it, or all there is."""
    content, word = path.read_bytes(), draw.choice(WORDS)
    at = draw.randint(0, len(content))
    path.write_bytes(word if draw.random() < 0.15 else content[:at] + word + content[at:])
    return f"{word[:20]!r} ({len(word)}) at {at}"


def number_for_number(draw: random.Random, path: Path) -> str:
    """Another number where the text has one."""
    content = path.read_bytes()
    places = [i for i, byte in enumerate(content[:20_000]) if 48 <= byte <= 57]
    if not places:
        return flip_bits(draw, path)
    at = draw.choice(places)
    other = draw.choice((b"99999999999", b"-5", b"1e308", b'"a"', b"[]", b"0", b"{}", b"true", b"3.5", b"NaN"))
    path.write_bytes(content[:at] + other + content[at + 1 :])
    return f"{other!r} for a figure at {at}"


def other_type(draw: random.Random, path: Path) -> str:
    """Another type of values, of as many letters, and another number of them, where an array says what it holds."""
    content = path.read_bytes()
    found = list(re.finditer(rb"'[<>|=][a-zA-Z]\d'", content[:20_000]))
    if not found:
        return huge_number(draw, path)
    one, other = draw.choice(found), draw.choice((b"'<U0'", b"'|S0'", b"'|V0'", b"'<U9'", b"'|O8'", b"'<M8'", b"'<c8'"))
    content = content[: one.start()] + other + content[one.end() :]
    numbers = list(re.finditer(rb"\((\d+), (\d+)", content[:20_000]))
    if numbers and draw.random() < 0.7:
        shape = draw.choice(numbers)
        # Spaces behind it pay for its figures, so that the header stays as long as it says.
        more, rest = draw.choice((b"9" * 9, b"9" * 14, b"0".ljust(len(shape[1])))), content[shape.end(1) :]
        content = content[: shape.start(1)] + more + rest.replace(b" " * (len(more) - len(shape[1])), b"", 1)
    path.write_bytes(content)
    return f"{other!r} for {one[0]!r}"


def longer(draw: random.Random, path: Path) -> str:
    """A piece of it, many times."""
    content = path.read_bytes()
    start = draw.randint(0, len(content))
    piece = content[start : start + draw.randint(1, 400)] or b"0"
    times = draw.choice((10, 300, 20_000))
    path.write_bytes(content[:start] + piece * times + content[start:])
    return f"{len(piece)} bytes {times} times at {start}"


def link_out(draw: random.Random, path: Path) -> str:
    path.unlink()
    path.symlink_to(_outside(path) / SECRET)
    return "a link out"


def link_round(draw: random.Random, path: Path) -> str:
    path.unlink()
    path.symlink_to(path.name if draw.random() < 0.5 else f"../{path.parent.name}/{path.name}")
    return "a link to itself"


def pipe(draw: random.Random, path: Path) -> str:
    path.unlink()
    os.mkfifo(path)
    return "a pipe"


def folder(draw: random.Random, path: Path) -> str:
    path.unlink()
    path.mkdir()
    return "a folder"


def odd_names(draw: random.Random, path: Path) -> str:
    """Beside it lie files of the same kind with odd names."""
    content = path.read_bytes()
    names = (b"\xff\xfe" + os.fsencode(path.suffix), b"a\nb" + os.fsencode(path.suffix), b"x" * 240)
    name = draw.choice(names)
    with contextlib.suppress(OSError):
        Path(os.fsdecode(os.fsencode(path.parent) + b"/" + name)).write_bytes(content)
    return f"beside it {name[:12]!r}"


def _outside(path: Path) -> Path:
    """The folder that holds the case and the secret."""
    return next(each for each in path.parents if (each / SECRET).is_file())


MUTATIONS: tuple[Mutation, ...] = (
    *[flip_bits] * 4,
    *[huge_number] * 4,
    *[words] * 3,
    *[number_for_number] * 3,
    *[cut] * 2,
    *[splice] * 2,
    longer,
    other_type,
    link_out,
    link_round,
    pipe,
    folder,
    odd_names,
)


def mutate(draw: random.Random, path: Path) -> str:
    """One mutation, or several on top of each other."""
    did = [draw.choice(MUTATIONS)(draw, path)]
    while draw.random() < 0.25 and path.is_file() and not path.is_symlink():
        did.append(draw.choice(MUTATIONS)(draw, path))
    return ", then ".join(did)
