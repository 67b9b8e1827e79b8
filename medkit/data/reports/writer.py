"""How a report is put together: what to say, in which sentences, in whose hand.

A sentence is not stored but built: a reader's pattern (`medkit.data.reports.styles`), one of
several names of a finding (`medkit.data.reports.words`), a size, a place; then spelling,
abbreviations and typing errors.
"""

import re
from collections.abc import Mapping

import numpy as np

from medkit.data.reports.styles import KNOWN, SECTIONS, STYLES, Style
from medkit.data.reports.words import ABBREVIATIONS, FINDINGS, UNTRUE, Study, american, study_of

# Findings with a size and a place besides the lesions; spondylosis of 7 mm makes no sense.
_SIZED = {"cyst", "node", "granuloma", "angioma", "scar"}
_SIDES = ("left", "right")
_PROBABLE = 0.15  # share of the cases in which an incidental finding is there
_NAMED = 0.45  # share of the absent findings that a reader takes the trouble to deny


def compose(
    row: Mapping, style: str | None = None, *, error: str = "", consistent: bool = False, rng=None
) -> tuple[str, dict[str, str]]:
    """Write a report, and return with it what it says of each finding.

    Parameters
    ----------
    row, style, consistent, rng
        As in `medkit.data.reports.write`.
    error : {"", "missed", "false alarm", "contradiction"}
        What the reader gets wrong: denies the lesion; sees one that is not there; describes
        it and denies it in the impression. An error that the case does not allow is none.

    Returns
    -------
    text : str
    stated : dict of str to str
        Finding → "present", "absent" or "uncertain"; what is not in it is not mentioned.
        A contradiction counts as present.
    """
    rng = np.random.default_rng(rng)
    if style is not None and style not in STYLES:
        raise ValueError(f"no reader {style!r}; there are: {', '.join(STYLES)}")
    reader = STYLES[style or KNOWN[rng.integers(len(KNOWN))]]
    lesion = str(row.get("lesion") or "")
    if lesion and lesion not in FINDINGS:
        raise ValueError(f"no finding {lesion!r}; there are: {', '.join(FINDINGS)}")
    study = study_of(str(row["modality"]), str(row.get("region", "")), lesion)
    stated, main = _decide(row, study, reader, error, rng)
    phrases = {f: _phrases(f, f == lesion and row, study, reader, rng) for f in stated}
    parts = {
        "indication": _indication(row, study, rng),
        "technique": expand(f"{study.name}. {study.technique}", rng),
        "comparison": _pick(("None", "No previous study", "Study of last year", "None here"), rng),
        "findings": _findings(stated, phrases, study, reader, consistent, rng),
        "impression": _impression(stated, main, phrases, study, reader, error, rng),
    }
    return _finish(parts, reader, rng), stated


def expand(pattern: str, rng) -> str:
    """Choose one of each ``[this|that]``, from the inside out.

    >>> expand("[a|a] small [nodule|nodule]", np.random.default_rng(0))
    'a small nodule'
    """
    # A choice has a bar: "[+]" on a checklist is no choice.
    while match := re.search(r"\[([^\[\]]*\|[^\[\]]*)\]", pattern):
        chosen = _pick(match[1].split("|"), rng)
        pattern = pattern[: match.start()] + chosen + pattern[match.end() :]
    return pattern


def _pick(options, rng):
    return options[rng.integers(len(options))]


def _decide(row, study: Study, reader: Style, error: str, rng):
    """Return what the report will say of each finding, and the one that matters, or ""."""
    lesion = str(row.get("lesion") or "")
    stated = {}
    for finding in (*study.lesions, *study.others):
        if finding in study.others and rng.random() < _PROBABLE:
            stated[finding] = "present"
        elif rng.random() < _NAMED:
            stated[finding] = "absent"
    stated.setdefault(study.lesions[0], "absent")  # a reader answers the main question
    if lesion:
        stated[lesion] = "absent" if error == "missed" else "present"
    elif error == "false alarm":
        stated[_pick(study.lesions, rng)] = "present"
    main = next((f for f in study.lesions if stated.get(f) == "present"), lesion)
    # Few hedge on what is large; a healthy place is hedged on more rarely.
    size = float(row.get("size_mm") or 0)
    doubt = reader.hedge * (1.5 if 0 < size < 0.7 * study.size_mm else 1.0)
    if not error and rng.random() < doubt * (1.0 if main else 0.4):
        main = main or _pick(study.lesions, rng)
        stated[main] = "uncertain"
    order = rng.permutation(len(stated))
    return {list(stated)[k]: stated[list(stated)[k]] for k in order}, main


def _phrases(finding, row, study: Study, reader: Style, rng) -> dict[str, str]:
    """Return the words that fill a pattern about one finding."""
    full = _pick(FINDINGS[finding], rng)
    words = {"full": full, "bare": re.sub(r"^an? ", "", full), "size": "", "where": ""}
    if row:
        size, side, place = row.get("size_mm"), row.get("side"), row.get("location")
    elif finding in (*study.lesions, *_SIZED):
        size, side = 0.6 * study.size_mm * rng.lognormal(0, 0.5), _pick(("left", "right"), rng)
        place = _pick(study.locations, rng)
    else:
        return words
    words["where"] = _where(str(side or ""), str(place or ""), study)
    if size and np.isfinite(size):
        words["size"] = _size(float(size), reader, rng)
    return words


def _where(side: str, place: str, study: Study) -> str:
    if not place and not side:
        return study.organ
    preposition, _, organ = study.organ.split(" ", 2)
    place = (place or organ).removeprefix("the ")
    if re.match(r"(in|on|at|near|within|behind) ", place):
        return place
    if place[0].isdigit():  # "3 o'clock"
        return f"at {place} {preposition} the {side} {organ}".replace("  ", " ")
    side = "" if re.search(r"\b(left|right|midline|bilateral)\b", place) else side
    return " ".join(f"{preposition} the {side} {place}".split())


def _size(size_mm: float, reader: Style, rng) -> str:
    """Write a length, sometimes as two; a reader in a hurry leaves out the space."""
    second = size_mm * rng.uniform(0.6, 0.95)
    numbers = [size_mm, second] if rng.random() < 0.25 else [size_mm]
    if reader.centimetres and size_mm >= 3:
        text, unit = " x ".join(f"{v / 10:.1f}" for v in numbers), "cm"
    else:
        text = " x ".join(f"{v:.0f}" if v >= 2 else f"{v:.2g}" for v in numbers)
        unit = "mm"
    return f"{text}{'' if reader.typos else ' '}{unit}"


def _indication(row, study: Study, rng) -> str:
    reason = _pick(study.reasons, rng)
    if not row.get("age_years"):
        return reason
    sex = {"F": "woman", "M": "man"}.get(str(row.get("sex", "")), "patient")
    return f"{float(row['age_years']):.0f}-year-old {sex}, {reason}"


def _findings(stated, phrases, study: Study, reader: Style, consistent, rng) -> list[str]:
    """Return the sentences: each finding once, companions in the same sentence."""
    todo, sentences = dict(stated), []
    while todo:
        finding = next(iter(todo))
        statement = todo.pop(finding)
        patterns = getattr(reader, statement)
        if statement == "present" and not phrases[finding]["where"]:
            patterns = reader.aside
        absent = [f for f, s in todo.items() if s == "absent"]
        present = [f for f, s in todo.items() if s == "present"]
        pattern, used = _choose(patterns, phrases, finding, absent, present, rng)
        sentences.append(pattern)
        for companion in used:
            del todo[companion]
    there = {f: phrases[f]["where"] for f, s in stated.items() if s != "absent"}
    untrue = []
    for sentence in study.normal:
        if rng.random() < 0.5:
            at, sentence = rng.integers(len(sentences) + 1), expand(sentence, rng)
            sentences.insert(at, sentence)
            untrue += [sentence] if consistent and contradicts(sentence, there) else []
    # Left out at the end: all else is written as if they were there.
    return [sentence for sentence in sentences if sentence not in untrue]


def contradicts(normal: str, there: Mapping[str, str]) -> bool:
    """Tell whether a sentence calls normal what is not: the place of a finding, or its subject.

    Parameters
    ----------
    normal : str
        A sentence about what is as it should be.
    there : mapping of str to str
        Finding that is there, or may be → where, ``"in the left thalamus"``; "" if nobody says.

    Examples
    --------
    >>> contradicts("The thalamus on the left is of normal density", {"bleed": "left thalamus"})
    True
    >>> contradicts("The thalamus on the right is of normal density", {"bleed": "left thalamus"})
    False
    """
    normal = normal.lower()
    side = next((side for side in _SIDES if side in normal), "")
    for finding, where in there.items():
        if any(subject in normal for subject in UNTRUE.get(finding, ())):
            return True
        place = re.sub(r"^(?:in|on|at) |\b(?:the|left|right)\b ?", "", where).strip()
        other = next((s for s in _SIDES if s in where and s != side), "")
        if place and place.removesuffix(" layer") in normal and not (side and other):
            return True
    return False


def _impression(stated, main, phrases, study: Study, reader: Style, error, rng) -> list[str]:
    """Return the conclusion: about the finding that matters, or that there is none."""
    absent = [f for f in study.lesions if stated.get(f) == "absent" and f != main]
    main = main or absent.pop(0)
    statement = "absent" if error == "contradiction" else stated[main]
    return [_choose(reader.concludes[statement], phrases, main, absent, [], rng)[0]]


def _choose(patterns, phrases, finding, absent, present, rng):
    """Fill one of the patterns that can be filled; return it and the companions it names."""
    words = dict(phrases[finding])
    companions = list(absent[: rng.integers(0, 3)])
    several = [words["bare"], *(phrases[f]["bare"] for f in companions)]
    words["many"] = (
        ", ".join(several[:-1]) + " or " + several[-1] if len(several) > 1 else several[0]
    )
    words["nor"] = phrases[absent[0]]["bare"] if absent else ""
    words["also"] = phrases[present[0]]["full"] if present else ""
    usable = [p for p in patterns if all(words[name] for name in re.findall(r"{(\w+)}", p))]
    if not usable:  # a row without a size
        usable = ("{full} {where}",)
    pattern = _pick(usable, rng)
    used = companions if "{many}" in pattern else []
    used = used + (absent[:1] if "{nor}" in pattern else [])
    used = used + (present[:1] if "{also}" in pattern else [])
    # Brackets of choice belong to the pattern: choose before the words are put in.
    return expand(pattern, rng).format(**words), used


def _finish(parts: Mapping, reader: Style, rng) -> str:
    """Put sections together and write them as this reader types."""
    lines = []
    for name in SECTIONS:
        body = parts[name]
        if isinstance(body, list):
            body = [_sentence(s, reader) for s in body]
            lead = reader.layout if "\n" in reader.layout else ""
            body = (lead + reader.layout.join(body)).strip("\n" if lead else " ")
        else:
            body = _sentence(body, reader)
        head = reader.headings.get(name, "")
        gap = "\n" if "\n" in body or "\n" in reader.layout else " "
        lines.append(f"{head}{gap if head else ''}{body}")
    text = (" " if not reader.headings else "\n").join(lines)
    text = american(text) if reader.american else text
    text = text if reader.headings else text.lower()
    text = re.sub(r"\b([Aa]) (?=8|11\b|18\b)", r"\1n ", text)
    text = " ".join(_typed(word, reader, rng) for word in text.split(" "))
    return text.upper() if reader.capitals else text


def _sentence(text: str, reader: Style) -> str:
    if not reader.headings or reader.typos:  # dictated or hurried: no capitals
        return text + reader.stop
    return text[0].upper() + text[1:] + reader.stop


def _typed(word: str, reader: Style, rng) -> str:
    """Abbreviate a word, or mistype it: two letters swapped, one lost or doubled."""
    if word in ABBREVIATIONS and rng.random() < reader.abbreviates:
        return ABBREVIATIONS[word]
    if len(word) < 5 or not word.isalpha() or rng.random() >= reader.typos:
        return word
    k = rng.integers(1, len(word) - 2)
    swapped = word[:k] + word[k + 1] + word[k] + word[k + 2 :]
    return _pick((swapped, word[:k] + word[k + 1 :], word[:k] + word[k] + word[k:]), rng)
