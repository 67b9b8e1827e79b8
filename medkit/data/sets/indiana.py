"""The public chest X-ray reports of Indiana University: normal or not, from the text.

Real reports of real radiologists, with names and dates replaced by XXXX (Demner-Fushman et
al. 2016, doi:10.1093/jamia/ocv080). The kit does not carry them: fetch the table of reports
from Open-i (openi.nlm.nih.gov) or from one of its copies, and give its folder.

What the label is: readers of these *texts* coded them with MeSH terms, or with "normal". So a
model repeats a coder's reading of the report; it does not see the film, and neither did the
coder. Reports that were never coded are left out.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from medkit.data.dataset import Dataset, split

#: Deals the parts; the same in every table that cites this split.
SPLIT_SEED = 2016
#: Two reports are twins if they share this much of their pairs of words (Jaccard index).
TWIN = 0.8


def load(folder: Path | str, *, use=("findings", "impression")) -> Dataset:
    """Read the reports, with a fixed split into parts.

    Many normal reports are one template, so all copies of a text are in the same part.

    Parameters
    ----------
    folder : path
        Where a table ``indiana_reports*.csv`` lies, with the columns uid, MeSH, findings
        and impression. There is one report a patient.
    use : sequence of str
        Which sections make up the text, each under its heading: any of "indication",
        "comparison", "findings", "impression". The split is the same for all.

    Returns
    -------
    Dataset
        Of `texts`. Label 1 is "abnormal". The table holds
        ``family``: the same number for all copies of a text.

    Raises
    ------
    FileNotFoundError
        If there is no such table.
    """
    files = sorted(Path(folder).glob("indiana_reports*.csv"))
    if not files:
        raise FileNotFoundError(
            f"no indiana_reports*.csv in {folder}; get the table of reports from Open-i "
            "(openi.nlm.nih.gov) or a copy of it, and give the folder it lies in"
        )
    table = pd.read_csv(files[0], dtype=str, keep_default_na=False)
    mesh = table.MeSH.str.strip().str.lower()
    has_text = (table.findings + table.impression).str.strip() != ""
    table = table[has_text & ~mesh.isin(["", "no indexing"])]
    sections = [f"{name.capitalize()}: " + table[name].str.strip() + "\n" for name in use]
    sections = [section.where(~section.str.endswith(": \n"), "") for section in sections]
    texts = sum(sections[1:], sections[0]).str.strip().to_numpy(object)
    family = families(table.findings.str.strip() + " " + table.impression.str.strip())
    labels = (table.MeSH.str.strip().str.lower() != "normal").to_numpy(int)
    some = Dataset(
        "Indiana chest X-ray reports",
        None,
        labels,
        ("normal", "abnormal"),
        split(family, labels, rng=SPLIT_SEED),
        np.array([f"uid {uid}" for uid in table.uid]),
        texts=texts,
        table={"family": family},
        notes={"source": "doi:10.1093/jamia/ocv080", "use": tuple(use)},
    )
    return some[texts != ""]


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
