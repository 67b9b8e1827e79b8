"""What becomes of each element of a DICOM file when the patient is taken out.

The tags and their actions are those of ``dicom-anonymizer`` (Kitware), which follow
the basic application level confidentiality profile of DICOM PS3.15, annex E. What an
action does is written here: the library's "remove" and "empty" write dates of the year 1
and zeros, and its "replace" turns a report's tree into dummies, which goes here altogether.
"""

import hashlib
from collections import Counter

import pydicom
from dicomanonymizer.simpledicomanonymizer import initialize_actions, replace_element
from pydicom.datadict import dictionary_has_tag, keyword_for_tag, repeater_has_tag

from medkit.data.dicom.source import derived_uid

#: Edition of the standard's table that is applied.
EDITION = "dicomfields_2026c"
_TIMES = {"DA", "DT", "TM"}


def table() -> dict[tuple[int, ...], str]:
    """Return the profile: (group, element), or with masks behind, → name of the action."""
    return {tag: action.__name__ for tag, action in initialize_actions(EDITION).items()}


def patient(ds: pydicom.Dataset) -> str:
    """Return what tells the patient of a file from others; "" if nothing does.

    The ID alone where there is one: who issued it is not said in every file, and one patient
    taken for two would be on both sides of a split.
    """
    number = _text(ds, "PatientID")
    name = " ".join(_text(ds, "PatientName").replace("^", " ").split()).casefold()
    if number or not name:
        return number or _text(ds, "StudyInstanceUID")
    return f"{name}\n{_text(ds, 'PatientBirthDate')}"


def _text(ds: pydicom.Dataset, keyword: str) -> str:
    return str(ds.get(keyword) or "").strip(" \0")


class Cleaner:
    """Applies the profile to one file, in place.

    Parameters
    ----------
    profile : dict
        See `table`.
    secret : str
        New UIDs and the pseudonym are derived from it.
    who : str
        See `patient`.
    changes : Counter
        (tag, keyword, action) → number of elements, added to.
    """

    def __init__(self, profile, secret: str, who: str, changes: Counter):
        self.profile, self.secret, self.changes = profile, secret, changes
        self.who = who
        self.pseudonym = self._pseudonym(who)

    def _pseudonym(self, who: str) -> str:
        digest = hashlib.sha256("\n".join((self.secret, "patient", who)).encode())
        return "P" + digest.hexdigest()[:12].upper()

    def clean(self, ds: pydicom.Dataset) -> None:
        """Apply the profile to every element, also inside sequences."""
        for tag in list(ds.keys()):
            known = dictionary_has_tag(tag) or repeater_has_tag(tag)
            if tag.is_private or not (known or (tag.group, tag.element) in self.profile):
                self._remove(ds, tag)
                continue
            element = ds[tag]
            action = self._action(element)
            if element.VR == "SQ":
                self._sequence(ds, element, action)
            elif action:
                self._apply(ds, element, action)

    def _action(self, element: pydicom.DataElement) -> str:
        if element.keyword in ("PatientID", "PatientName"):
            return "pseudonym"
        action = self._rule(element.tag)
        if not action and element.VR in ("PN", "UR", *_TIMES):
            return "delete"  # of a younger edition, or retired: the table does not have all
        return action

    def _rule(self, tag) -> str:
        action = self.profile.get((tag.group, tag.element), "")
        if not action and (tag.group & 0xFF00) in (0x5000, 0x6000):
            for pattern, found in self.profile.items():
                if len(pattern) == 4 and (
                    tag.group & pattern[2] == pattern[0] & pattern[2]
                    and tag.element & pattern[3] == pattern[1] & pattern[3]
                ):
                    return found
        return action

    def _remove(self, ds: pydicom.Dataset, tag) -> None:
        del ds[tag]
        keyword = keyword_for_tag(tag) or ("private" if tag.is_private else "unknown")
        self.changes[f"({tag.group:04X},{tag.element:04X})", keyword, "removed"] += 1

    def _apply(self, ds: pydicom.Dataset, element: pydicom.DataElement, action: str) -> None:
        before = element.value
        if action == "delete":
            return self._remove(ds, element.tag)
        if element.is_empty:
            return None
        if action == "pseudonym":
            other = ds.get("PatientID") if element.keyword == "PatientID" else None
            who = str(other or "").strip(" \0")
            element.value = self._pseudonym(who) if who else self.pseudonym
        elif element.VR == "UI":
            several = isinstance(before, pydicom.multival.MultiValue)
            new = [self._uid(str(uid).strip(" \0")) for uid in (before if several else [before])]
            element.value = new if several else new[0]
        elif action in ("empty", "delete_or_empty"):
            element.value = None
        else:
            try:
                replace_element(element)
            except NotImplementedError:  # the library has no dummy for this kind of value
                return self._remove(ds, element.tag)
        if element.value != before:
            self._count(element)
        return None

    def _count(self, element: pydicom.DataElement) -> None:
        action = "new UID" if element.VR == "UI" else "emptied" if element.is_empty else "replaced"
        tag = element.tag
        self.changes[f"({tag.group:04X},{tag.element:04X})", element.keyword, action] += 1

    def _uid(self, uid: str) -> str:
        # Those of the standard itself name kinds of things and nobody's image.
        return uid if uid.startswith("1.2.840.10008.") else derived_uid(self.secret, uid)

    def _sequence(self, ds: pydicom.Dataset, element: pydicom.DataElement, action: str) -> None:
        if action == "delete" or action.endswith("replace"):
            self._remove(ds, element.tag)
        elif action in ("empty", "delete_or_empty"):
            if element.value:
                element.value = []
                self._count(element)
        else:
            for item in element.value:
                self.clean(item)
