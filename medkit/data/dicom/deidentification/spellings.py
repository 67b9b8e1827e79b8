"""How a name or a date may be written in a text: what a search for it must look for."""

import datetime
import re
import unicodedata

#: Letters that German and Scandinavian names have in two spellings.
_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"}
#: Ways to write a date; the last ones hold in every language that uses these words.
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y",
    "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y",
)  # fmt: skip
#: Changes of character set inside a text (ISO 2022), which stand where it begins, not before
#: each word.
_ESCAPE = re.compile(rb"\x1b(?:\$\([@-Z]|\$[@-Z]|[()][@-Z])")


def of_name(text: str) -> set[str]:
    """Return how a person's name may stand in a text: its words, and short ones in pairs.

    A word of up to three letters alone can mean anything; family and given name together,
    in either order, do not. Of other scripts two signs are a name.

    Parameters
    ----------
    text : str
        A PN value: family^given^middle, in up to three scripts with "=" between them.

    Examples
    --------
    >>> sorted(of_name("Lee^Ann^"))
    ['Ann Lee', 'Ann, Lee', 'AnnLee', 'Lee Ann', 'Lee, Ann', 'LeeAnn']
    """
    found = set()
    for group in text.split("="):
        components = [part.strip() for part in group.split("^") if part.strip()]
        for word in {word for part in components for word in part.split()}:
            if len(word) > (3 if word.isascii() else 1):
                found.add(word)
        if len(components) > 1 and len("".join(components[:2])) > (3 if group.isascii() else 1):
            for one, two in (components[:2], components[1::-1]):
                found |= {f"{one}{between}{two}" for between in ("", " ", ", ")}
    return {way for word in found for way in _ways(word)} - {"anonymized", "ANONYMIZED"}


def _ways(word: str) -> set[str]:
    """Return a word with and without its accents, and in capitals (bytes know only A to Z)."""
    low = word.lower()
    apart, together = low, low
    for letter, pair in _LETTERS.items():
        apart = apart.replace(letter, pair)
        together = together.replace(pair, letter) if pair != "ss" else together
    bare = "".join(c for c in unicodedata.normalize("NFD", low) if not unicodedata.combining(c))
    found = {word} if word.isascii() and together == low else {word, low, apart, together, bare}
    found |= {unicodedata.normalize("NFD", way) for way in found}
    return found | {way.upper() for way in found if not way.isascii()}


def of_date(text: str) -> set[str]:
    """Return how a date, YYYYMMDD, may stand in a text; nothing if it is none.

    Examples
    --------
    >>> {"1961-05-23", "23.5.1961", "May 23, 1961"} <= of_date("19610523")
    True
    """
    try:
        day = datetime.datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return set()
    found = {day.strftime(form) for form in _DATES}
    return found | {re.sub(r"(?<![0-9])0(?=[0-9])", "", way) for way in found}


def encoded(text: str, encodings) -> set[bytes]:
    """Return a text in each of several encodings that have its characters."""
    found = set()
    for encoding in encodings:
        try:
            code = text.encode(encoding)
        except (UnicodeError, LookupError):  # a character that this set does not have
            continue
        found |= {code, _ESCAPE.sub(b"", code)}
    return found
