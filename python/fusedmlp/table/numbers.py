"""Numbers as people and spreadsheets write them: marks of thousands, currencies, percent, gaps.

A column decides as a whole whether the comma or the point is its decimal sign, so that one text
never means two numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# What stands for "no value" wherever it is found, and what does in a column of numbers alone: in a
# column of text "none" or "-" may be a value like others.
MISSING = frozenset(
    ["", "?", "na", "n/a", "#n/a", "#na", "nan", "-nan", "null", "<na>", "\\n", "(null)"]
)
MISSING_NUMBER = MISSING | {
    "none", "nil", "n.a.", "n.a", "n.d.", "nd", "-", "--", "---", ".", "..", "...", "\u2013",
    "\u2014", "missing", "1.#ind", "1.#qnan", "#div/0!", "#value!", "#ref!", "#name?", "#num!",
    "#null!", "#n/a n/a",
}  # fmt: skip
LARGEST = 1e100  # squares of larger numbers come too close to the end of float64

_MINUS = str.maketrans(dict.fromkeys("\u2212\u2013\u2010\u2011\ufe63\uff0d", "-"))
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u2019": "'"})
_CODES = (
    r"USD|EUR|GBP|CHF|JPY|CNY|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|INR|BRL|RUB|TRY|ZAR|kr\.?|Fr\.|z\u0142|Rs\.?|"
    r"US\$|R\$|A\$|C\$"
)
_MONEY = re.compile(rf"(?:{_CODES})", re.IGNORECASE)
_NUMBER = re.compile(r"([+-]?)(\d[\d.,' ]*|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d*)?")
_PLAIN = {m: re.compile(rf"\d*(?:{re.escape(m)}\d*)?") for m in ".,"}
# The second form is that of India: 12,34,567.
_THOUSANDS = {
    ".": re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?"),
    ",": re.compile(r"\d{1,3}(?:\.\d{2,3})*\.\d{3}(?:,\d*)?"),
}
_FORMS = (*_PLAIN.values(), *_THOUSANDS.values())


class Numbers(NamedTuple):
    """Texts read as numbers.

    values: NaN where there is none; odd: texts that are neither numbers nor missing; decimal: the
    sign that was used; undecided: whether the texts alone leave it open (1.200 everywhere).
    """

    values: NDArray[np.float64]
    odd: NDArray[np.bool_]
    decimal: str
    undecided: bool


class _Parts(NamedTuple):
    sign: str
    body: str
    exponent: str


def parse_numbers(
    texts: Sequence[str], decimal: str | None = None, forced: bool = False
) -> Numbers:
    """Read texts as numbers; ``decimal`` is the sign to use where the texts leave it open.

    ``forced`` uses it in any case.

    A percentage is the number that is written (38% is 38), brackets mean a negative amount.

    >>> parse_numbers(["$1,234.50", "(7)", "n.a.", "12 kg"]).values.tolist()
    [1234.5, -7.0, nan, nan]
    >>> parse_numbers(["900", "1.200", "0,5"]).values.tolist()
    [900.0, 1200.0, 0.5]
    """
    parts = [_parts(text) for text in texts]
    strong = {".": 0, ",": 0}
    weak = False
    for part in parts:
        if part is not None:
            sign, certain = evidence(part.body)
            if sign and certain:
                strong[sign] += 1
            weak = weak or (bool(sign) and not certain)
    undecided = weak and strong["."] == strong[","] and decimal is None
    if strong["."] != strong[","] and not (forced and decimal):
        decimal = max(strong, key=strong.__getitem__)
    decimal = decimal or "."
    values = np.full(len(parts), np.nan)
    odd = np.zeros(len(parts), dtype=bool)
    for i, part in enumerate(parts):
        value = None if part is None else _value(part, decimal)
        if value is not None and abs(value) <= LARGEST:
            values[i] = value
        else:
            odd[i] = texts[i].strip().lower() not in MISSING_NUMBER
    return Numbers(values, odd, decimal, undecided)


def is_number(text: str) -> bool:
    """Return whether a text holds a number by itself (a missing value does not count)."""
    return _parts(text) is not None


def is_inexact(text: str) -> bool:
    """Return whether a text is a whole number that float64 cannot hold."""
    return len(text) > 15 and text.lstrip("-").isdecimal() and int(float(text)) != int(text)


def is_missing(text: str) -> bool:
    """Return whether a text stands for "no value" in a column of numbers."""
    return text.strip().lower() in MISSING_NUMBER


def evidence(body: str) -> tuple[str, bool]:
    """Return which decimal sign digits with marks speak for, and whether they leave no doubt."""
    points, commas = body.count("."), body.count(",")
    if not points and not commas:
        return "", False
    if points and commas:
        return ("." if body.rfind(".") > body.rfind(",") else ","), True
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return other, True
    whole, _, fraction = body.partition(mark)
    return mark, len(fraction) != 3 or not 1 <= len(whole) <= 3 or whole[0] == "0"


def number_body(text: str) -> str:
    """Return the digits and marks of a number without sign, currency and exponent, or ""."""
    part = _parts(text)
    return "" if part is None else part.body


def _parts(text: str) -> _Parts | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        found = _NUMBER.fullmatch(_cleaned(text))
    if found is None:
        return None
    sign, body, exponent = found.groups()
    body = body.rstrip(" ")
    if " " in body or "'" in body:
        if not _GROUPED.fullmatch(body):
            return None
        body = body.replace(" ", "").replace("'", "")
    if not any(form.fullmatch(body) for form in _FORMS):
        return None
    return _Parts(sign, body, exponent or "")


def _cleaned(text: str) -> str:
    """Return a text without currency, percent sign and brackets, its minus in front."""
    text = text.translate(_MINUS).translate(_BLANKS).strip()
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1]
    if text.endswith("%"):
        text = text[:-1]
    text = _MONEY.sub("", text, count=1) if not text.isascii() or _MONEY.search(text) else text
    text = "".join(c for c in text if c == "'" or unicodedata.category(c) != "Sc").strip()
    if text[:1] in ("+", "-"):
        text = text[0] + text[1:].lstrip()
    elif text.endswith("-"):  # as SAP writes it
        text = "-" + text[:-1].rstrip()
    return f"-{text}" if negative else text


def _value(part: _Parts, decimal: str) -> float | None:
    body = part.body
    if _PLAIN[decimal].fullmatch(body):
        digits = body.replace(decimal, ".")
    elif _THOUSANDS[decimal].fullmatch(body):
        digits = body.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    else:
        return None
    return float(f"{part.sign}{digits}{part.exponent}")
