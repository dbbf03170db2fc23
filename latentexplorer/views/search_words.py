"""What a person types to find images, read into a tree: plain words, and conditions on columns joined by and, or, not.

    coat                                   every word is part of a class, a file, a bookmark or another name
    error > 0.1 and class = Coat           conditions; names of several words need no quotes: class = Ankle boot
    kl between 2 and 4                     both ends included
    not class = Bag                        or !=
    file ~ IMG_2                           ~ is "contains", !~ its opposite
    "my column" <= 0,5 or (coat left)      a decimal comma is a point; quoted, a word such as and is a name

It is read by recursive descent and never run as code; length and depth are bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from latentexplorer.core.errors import SettingsError

MOST_LETTERS = 500
DEEPEST = 32
EXAMPLE = "Write for example: error > 0.1 and class = Coat"
KEYWORDS = ("and", "or", "not", "between")
QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“"}
SIGNS = {"==": "=", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!=", "&": "and", "&&": "and", "|": "or", "||": "or"}
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "~", "!~")
_SIGN = re.compile(r"<=|>=|!=|<>|!~|==|&&|\|\||[<>=~!&|()≤≥≠]")
_WORD = re.compile(r"[^\s()<>=~!&|≤≥≠\"“”„]+")


@dataclass(frozen=True)
class Token:
    """A word, a quoted name (`kind` "word", `quoted`), a sign or keyword (`kind` is itself), with where it stands."""

    kind: str
    text: str
    start: int
    end: int
    quoted: bool = False


@dataclass(frozen=True)
class Words:
    """Every word is part of some name of the image."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Compare:
    """A column beside a value; `sign`: one of `COMPARISONS`."""

    column: str
    sign: str
    value: str


@dataclass(frozen=True)
class Between:
    """A column of numbers between two values, both included."""

    column: str
    low: str
    high: str


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: Node


@dataclass(frozen=True)
class AllOf:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    """One part holds, or more."""

    parts: tuple[Node, ...]


Node = Words | Compare | Between | Not | AllOf | AnyOf


def parse(text: str) -> Node | None:
    """The tree of a search; None of an empty one.

    Raises
    ------
    SettingsError
        What is wrong with it, and where.
    """
    if len(text) > MOST_LETTERS:
        raise SettingsError(f"A search has at most {MOST_LETTERS} letters, this one has {len(text):,}", EXAMPLE)
    tokens = list(tokens_of(text))
    if not tokens:
        return None
    reader = _Reader(tokens)
    found = reader.either()
    if reader.kind:
        raise SettingsError(f"A bracket is closed that was not opened, after {reader.before!r}", EXAMPLE)
    return found


def tokens_of(text: str, *, unfinished: bool = False) -> Iterator[Token]:
    """The words, names and signs of a text; `unfinished`: a quote may still be open at its end.

    Raises
    ------
    SettingsError
        If a quote is not closed.
    """
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in QUOTES:
            end = text.find(QUOTES[text[at]], at + 1)
            if end < 0 and not unfinished:
                raise SettingsError(f"A quote is not closed: {text[at : at + 20]}", "Close it, or leave it away")
            last = end if end >= 0 else len(text)
            yield Token("word", text[at + 1 : last], at, last + 1, True)
            at = last + 1
        elif sign := _SIGN.match(text, at):
            kind = SIGNS.get(sign[0], sign[0])
            yield Token("not" if kind == "!" else kind, sign[0], at, sign.end())
            at = sign.end()
        else:
            word = _WORD.match(text, at)
            # A closing quote that nothing has opened stands for itself.
            end = word.end() if word else at + 1
            piece = text[at:end]
            yield Token(piece.casefold() if piece.casefold() in KEYWORDS else "word", piece, at, end)
            at = end


def quoted(name: str) -> str:
    """A name as it is written in a search: as it is where it is read as one word, else in quotes."""
    word = _WORD.fullmatch(name)
    if word and name[0] not in QUOTES and name.casefold() not in KEYWORDS:
        return name
    return f"'{name}'" if '"' in name else f'"{name}"'


def number_of(text: str) -> float | None:
    """A finite number with a point or a decimal comma; None where the text is none.

    Raises
    ------
    SettingsError
        For a comma that may separate thousands.
    """
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", text):
        plain = text.replace(",", "")
        raise SettingsError(
            f"{text} may be {plain} or a fraction", f"Write {plain}, or a point: {text.replace(',', '.')}"
        )
    if not re.fullmatch(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d{1,3})?", text):
        return None
    value = float(text.replace(",", "."))
    return value if math.isfinite(value) else None


def columns_in(node: Node | None) -> Iterator[str]:
    """The columns that a search names."""
    match node:
        case Compare() | Between():
            yield node.column
        case Not(part):
            yield from columns_in(part)
        case AllOf(parts) | AnyOf(parts):
            for each in parts:
                yield from columns_in(each)


class _Reader:
    """Reads tokens from left to right, one function a level: or, and, not, condition."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    @property
    def kind(self) -> str:
        """What comes next; "" at the end."""
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    @property
    def before(self) -> str:
        """What has just been read, for an error."""
        return " ".join(token.text for token in self._tokens[max(0, self._at - 3) : self._at])

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _missing(self, what: str) -> SettingsError:
        where = f"after {self.before!r}" if self._at else "at the beginning"
        return SettingsError(f"{what} is missing {where}", EXAMPLE)

    def either(self) -> Node:
        parts = [self._both()]
        while self.kind == "or":
            self._next()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self) -> Node:
        parts = [self._opposite()]
        while self.kind in ("and", "not", "(", "word"):
            if self.kind == "and":
                self._next()
            parts.append(self._opposite())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _opposite(self) -> Node:
        if self.kind not in ("not", "("):
            return self._condition()
        self._depth += 1
        if self._depth > DEEPEST:
            raise SettingsError(f"More than {DEEPEST} brackets or nots are in each other", "Write it more simply")
        if self._next().kind == "not":
            found: Node = Not(self._opposite())
        else:
            found = self.either()
            if self.kind != ")":
                raise SettingsError(f"A bracket is not closed after {self.before!r}", "Close it")
            self._next()
        self._depth -= 1
        return found

    def _condition(self) -> Node:
        words = self._words("A word or a condition")
        if self.kind == "between":
            self._next()
            low = self._words("A number")
            if self.kind != "and":
                raise self._missing("'and' with the upper end")
            self._next()
            return Between(_joined(words), _joined(low), _joined(self._words("A number")))
        if self.kind in COMPARISONS:
            sign = self._next().kind
            return Compare(_joined(words), sign, _joined(self._words("A number or a name")))
        return Words(tuple(part for word in words for part in ([word.text] if word.quoted else word.text.split())))

    def _words(self, what: str) -> list[Token]:
        """The words that come next; one that is quoted is a name of its own."""
        if self.kind != "word":
            raise self._missing(what)
        words = [self._next()]
        while self.kind == "word" and not words[-1].quoted and not self._tokens[self._at].quoted:
            words.append(self._next())
        return words


def _joined(words: list[Token]) -> str:
    return " ".join(word.text for word in words)
