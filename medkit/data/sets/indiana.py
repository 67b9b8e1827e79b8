"""The public chest X-ray reports of Indiana University: normal or not, from the text.

Real reports of real radiologists, with names and dates replaced by XXXX (Demner-Fushman et
al. 2016, doi:10.1093/jamia/ocv080). The kit does not carry them: fetch the table of reports
from Open-i (openi.nlm.nih.gov) or from one of its copies, and give its folder.

What the label is: readers of these *texts* coded them with MeSH terms, or with "normal". So a
model repeats a coder's reading of the report; it does not see the film, and neither did the
coder. Reports that were never coded are left out.
"""

import csv
import re
from pathlib import Path

import numpy as np

from medkit.data.dataset import Dataset, split

#: Deals the parts; the same in every table that cites this split.
SPLIT_SEED = 2016
#: Two reports are twins if they share this much of their pairs of words (Jaccard index).
TWIN = 0.8


def load(
    folder: Path | str, *, use=("findings", "impression"), twins: str = "together", rng=SPLIT_SEED
) -> Dataset:
    """Read the reports, with a fixed split into parts.

    Parameters
    ----------
    folder : path
        Where a table ``indiana_reports*.csv`` lies, with the columns uid, MeSH, findings
        and impression. There is one report a patient.
    use : sequence of str
        Which sections make up the text, each under its heading: any of "indication",
        "comparison", "findings", "impression".
    twins : {"together", "apart", "once"}
        Many normal reports are one template. "together": all copies of a text are in the
        same part. "apart": reports are dealt as if they were independent, and the test
        holds texts that were trained on. "once": as "together", and only one is kept.
    rng : None, int or numpy.random.Generator
        Deals the parts; the same for every `use`. Leave it, to compare with others.

    Returns
    -------
    Dataset
        Of `texts`. Label 1 is "abnormal". The table holds uid, mesh, and ``family``: the
        same number for all twins.

    Raises
    ------
    FileNotFoundError
        If there is no such table.
    ValueError
        If the table lacks columns, or there is no such way to treat twins.
    """
    if twins not in ("together", "apart", "once"):
        raise ValueError(f'twins={twins!r}; write "together", "apart" or "once"')
    rows = _rows(Path(folder), use)
    family = families([f"{row['findings']} {row['impression']}" for row in rows])
    texts = np.array([row["text"] for row in rows], object)
    labels = np.array([int(row["MeSH"].strip().lower() != "normal") for row in rows])
    # The split of "together" and "once" is the same: "once" only drops texts.
    groups = np.arange(len(rows)) if twins == "apart" else family
    part = split(groups, labels, rng=rng)
    some = Dataset(
        "Indiana chest X-ray reports",
        None,
        labels,
        ("normal", "abnormal"),
        part,
        np.array([f"uid {row['uid']}" for row in rows]),
        texts=texts,
        table={
            "uid": np.array([int(row["uid"]) for row in rows]),
            "mesh": np.array([row["MeSH"] for row in rows]),
            "family": family,
        },
        notes={"source": "doi:10.1093/jamia/ocv080", "twins": twins, "use": tuple(use)},
    )
    first = np.isin(np.arange(len(rows)), np.unique(family, return_index=True)[1])
    return some[(texts != "") & (first | (twins != "once"))]


def _rows(folder: Path, use):
    """Return the coded rows of the table that say anything, each with its text."""
    files = sorted(folder.glob("indiana_reports*.csv"))
    if not files:
        raise FileNotFoundError(
            f"no indiana_reports*.csv in {folder}; get the table of reports from Open-i "
            "(openi.nlm.nih.gov) or a copy of it, and give the folder it lies in"
        )
    with files[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    needed = {"uid", "MeSH", "findings", "impression", *use}
    if not rows or not needed <= set(rows[0]):
        raise ValueError(f"{files[0].name} needs the columns {', '.join(sorted(needed))}")
    for row in rows:
        parts = [(name, row[name].strip()) for name in use]
        row["text"] = "\n".join(f"{name.capitalize()}: {body}" for name, body in parts if body)
    coded = [row for row in rows if row["MeSH"].strip().lower() not in ("", "no indexing")]
    return [row for row in coded if (row["findings"] + row["impression"]).strip()]


def families(texts, alike: float = TWIN) -> np.ndarray:
    """Find families of texts that are the same but for a few words.

    Two texts are twins if the Jaccard index of their sets of word pairs is at least
    `alike`; a twin's twin is of the family too.

    Parameters
    ----------
    texts : sequence of str
    alike : float
        From 0 to 1; 1 asks for the same pairs of words.

    Returns
    -------
    numpy.ndarray
        int, shape (n,).

    Examples
    --------
    >>> families(["The lungs are clear.", "the lungs are clear", "A nodule."]).tolist()
    [0, 0, 1]
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import CountVectorizer

    # XXXX stands for something removed, and may be missing in the twin.
    words = [re.sub(r"[^a-z]+", " ", t.lower().replace("xxxx", " ")).split() for t in texts]
    pairs = CountVectorizer(
        analyzer=lambda w: {" ".join(pair) for pair in zip(["", *w], [*w, ""], strict=True)},
        dtype=np.float32,
    ).fit_transform(words)
    shared = (pairs @ pairs.T).toarray()
    size = np.asarray(pairs.sum(1)).ravel()
    union = size[:, None] + size[None] - shared
    return connected_components(csr_matrix(shared >= alike * union - 1e-6))[1]
