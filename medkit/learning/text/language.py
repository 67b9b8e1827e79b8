"""Reading reports: sections, tokens, words that weigh, and labels taken from text.

A linear model on TF-IDF weights is the baseline that every network has to beat; rules for
negation (`medkit.learning.text.negation`) turn a report into labels for its image, with an
error that can be measured where the truth is known.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from medkit.learning.text.negation import WORDS, Mention, mentions, plain  # noqa: F401 - also ours

#: Finding → its names (regular expressions, American spelling), collected from training texts.
TERMS: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in WORDS["terms"].items()}

_HEADINGS = WORDS["headings"]
_HEADING = re.compile(
    r"^\s*(?:"
    + "|".join(f"(?P<{name}>(?:{words}))" for name, words in _HEADINGS.items())
    + r")(?:[:.]\s*|\s*$|(?<=hx)\s+|(?<=tech)\s+|(?<=prev)\s+|(?<=imp)\s+)",
    re.IGNORECASE,
)

_TOKEN = re.compile(
    r"(?P<size>\d+(?:\.\d+)?(?: ?x ?\d+(?:\.\d+)?)* ?(?:mm|cm)\b)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[^\W\d_]+(?:['-][^\W\d_]+)*)|(?P<mark>\?)"
)


def sections(text: str) -> dict[str, str]:
    r"""Cut a report at its headings.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict of str to str
        From "indication", "technique", "comparison", "findings", "impression", those that
        are there. Text that no heading claims counts as findings.

    Limits
    ------
    Knows common English headings at the start of a line; a text run together, or with
    headings of another kind, is all findings.

    Examples
    --------
    >>> sections("HISTORY: ?bleed\nFINDINGS: Normal.\nIMPRESSION: No bleed.")
    {'indication': '?bleed', 'findings': 'Normal.', 'impression': 'No bleed.'}
    """
    found: dict[str, list[str]] = {}
    name = "findings"
    for line in text.splitlines():
        if match := _HEADING.match(line):
            name = match.lastgroup
            line = line[match.end() :]
        if line.strip():
            found.setdefault(name, []).append(line.strip())
            # What stands beside "Comparison:" is one line; what follows needs no heading.
            if match and name in ("indication", "technique", "comparison"):
                name = "findings"
    return {name: "\n".join(found[name]) for name in _HEADINGS if name in found}


def tokens(text: str) -> list[str]:
    """Cut a text into words, in lower case and American spelling.

    Lengths become ``<size>`` whatever their unit, other numbers ``<number>``: a model
    shall not learn that 13 mm is ill because one patient was.

    Examples
    --------
    >>> tokens("?Haemorrhage, 1.2 x 0.9 cm; patient of 71 years.")
    ['?', 'hemorrhage', '<size>', 'patient', 'of', '<number>', 'years']
    """
    words = []
    for match in _TOKEN.finditer(plain(text)):
        kind = match.lastgroup
        words.append(f"<{kind}>" if kind in ("size", "number") else match[0])
    return words


def text_classifier(*, ngrams: int = 2) -> Pipeline:
    r"""Return the baseline: TF-IDF and logistic regression.

    The weight of token $t$ in text $d$ is
    $\mathrm{tf}(t, d) \cdot \big(\ln\frac{1 + n}{1 + \mathrm{df}(t)} + 1\big)$, and each
    text is scaled to length 1 (Spärck Jones 1972, doi:10.1108/eb026526, as scikit-learn
    smooths it).

    Parameters
    ----------
    ngrams : int
        Longest sequence of tokens that counts as a word of its own: with 2, "no bleed".

    Returns
    -------
    sklearn.pipeline.Pipeline
    """
    words = TfidfVectorizer(
        tokenizer=tokens, token_pattern=None, lowercase=False, ngram_range=(1, ngrams), min_df=2
    )
    return make_pipeline(words, LogisticRegression(C=10.0, max_iter=1000))


def contributions(model: Pipeline, text: str) -> dict[str, float]:
    """Return what each word of a text adds to a linear model's score, the largest first.

    The score is the sum of all, plus the model's intercept.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        As `text_classifier` makes it, fitted.
    text : str

    Returns
    -------
    dict of str to float
        Word → its TF-IDF weight in the text times its coefficient.
    """
    words, linear = model[0], model[-1]
    row = words.transform([text])
    parts = row.data * linear.coef_[0, row.indices]
    names = words.get_feature_names_out()[row.indices]
    order = np.argsort(-np.abs(parts), kind="stable")
    return {str(names[k]): float(parts[k]) for k in order}


def labels(text: str, terms: Mapping[str, Sequence[str]] = TERMS) -> dict[str, str]:
    r"""Take labels from a report: what it says of each finding.

    Only findings and impression count: what the doctor asked, or what was to be ruled out,
    is no finding. A finding that is affirmed anywhere is present; one that is doubted is
    uncertain, even if denied elsewhere.

    Parameters
    ----------
    text : str
    terms : mapping of str to sequence of str
        Finding → its names; see `TERMS`.

    Returns
    -------
    dict of str to str
        Finding → "present", "absent" or "uncertain"; what is not in it is not mentioned.

    Examples
    --------
    >>> labels("Indication: rule out stroke.\nFindings: No haematoma, possible mass.")
    {'bleed': 'absent', 'tumour': 'uncertain'}
    """
    parts = sections(text)
    body = "\n".join(parts[name] for name in ("findings", "impression") if name in parts)
    found: dict[str, str] = {}
    rank = {"present": 0, "uncertain": 1, "absent": 2}
    for mention in mentions(plain(body), terms):
        before = found.get(mention.finding, "absent")
        found[mention.finding] = min(before, mention.status, key=rank.get)
    return found
