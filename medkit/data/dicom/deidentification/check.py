"""Search what was de-identified for what must not be in it any more.

A damaged length lets one element swallow those after it, and a text may repeat a name: no
table of tags sees either. So every file that is about to be written is searched.
"""

import re

import pydicom

from medkit.data.dicom.parse import PIXEL_TAGS

#: Besides names, dates and UIDs, what leads back to a person.
_IDENTITY = {
    "PatientID", "OtherPatientIDs", "PatientAddress", "PatientTelephoneNumbers",
    "PatientTelecomInformation", "MedicalRecordLocator", "InsurancePlanIdentification",
    "AccessionNumber", "InstitutionName", "InstitutionAddress", "DeviceSerialNumber",
}  # fmt: skip
_TEXT = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UR", "UT"}
#: No text has these. The header of an element that was swallowed does.
_CONTROL = re.compile(r"[\x00-\x08\x10-\x1a\x1c-\x1f]")
#: A UID of somebody's; the standard's own, and those that the kit writes, begin otherwise.
_UID = re.compile(rb"(?<![\d.])(?!1\.2\.840\.10008\.|2\.25\.)[0-2](?:\.\d+){4,}")
_LONG_UID = 20
#: What is longer than this is found where any bytes may stand.
_SURE = 9


class Search:
    """What to search for: everything in a file that tells whose it is.

    Parameters
    ----------
    ds : pydicom.Dataset
        The file as it came.
    new_uids : set of (int, int)
        Tags whose UIDs are replaced.
    """

    def __init__(self, ds: pydicom.Dataset, new_uids: set[tuple[int, int]]):
        found: set[str] = set()
        for element in ds.iterall():
            several = isinstance(element.value, pydicom.multival.MultiValue)
            values = element.value if several else [element.value]
            texts = {str(value).strip(" \0") for value in values if value}
            if element.VR == "PN":
                found |= texts | {way for text in texts for way in _names(text)}
            elif element.VR in ("DA", "DT"):
                found |= {way for text in texts for way in _dates(text[:8])}
            elif element.VR == "UI" and (element.tag.group, element.tag.element) in new_uids:
                found |= {uid for uid in texts if not uid.startswith("1.2.840.10008.")}
            elif element.keyword in _IDENTITY:
                found |= {part.strip().lstrip("0") for t in texts for part in [t, *t.split(",")]}
        # A hospital may be called like the maker of its scanners, and a file be cleaned already.
        known = f"{ds.get('Manufacturer') or ''} anonymized".casefold()
        found = {text for text in found if text.casefold() not in known and _is_long(text)}
        words = [
            rf"(?<!\w)(?<!\d\.){re.escape(text)}(?!\w|\.\d)" if text.isascii() else re.escape(text)
            for text in sorted(found)
        ]
        self.pattern = re.compile("|".join(words) or r"(?!)", re.IGNORECASE)
        self.sure = [t.encode() for t in found if len(t) > _SURE and not t.isdigit()]

    def purge(self, ds: pydicom.Dataset) -> list[str]:
        """Take out the elements that hold it, and return their keywords.

        Raises
        ------
        ValueError
            If it is in the pixels, which cannot be left out.
        """
        found = []
        for tag in list(ds.keys()):
            raw = ds.get_item(tag).value  # bytes, as long as nobody has touched the element
            element = ds[tag]
            if element.VR == "SQ":
                for item in element.value:
                    found += self.purge(item)
            elif self._is_in_bytes(element, raw) or self._is_in_text(element):
                if tag in PIXEL_TAGS:
                    raise ValueError("pixels")
                del ds[tag]
                found.append(element.keyword or "an element")
        return found

    def _is_in_bytes(self, element: pydicom.DataElement, raw) -> bool:
        if not isinstance(raw, bytes):
            return False
        uids = [] if element.VR in _TEXT or element.tag in PIXEL_TAGS else _UID.findall(raw)
        return any(len(uid) >= _LONG_UID for uid in uids) or not self.is_clean(raw)

    def _is_in_text(self, element: pydicom.DataElement) -> bool:
        value = element.value
        if isinstance(value, bytes):
            return False
        several = isinstance(value, (list, pydicom.multival.MultiValue))
        text = "\\".join(map(str, value)) if several else str(value or "")
        # A patient called Head is no reason to remove the code HEAD.
        return bool(_CONTROL.search(text) or (element.VR in _TEXT and self.pattern.search(text)))

    def is_clean(self, data: bytes) -> bool:
        """Whether bytes hold none of the longer identifiers."""
        return not any(text in data and _alone(text, data) for text in self.sure)


def _alone(text: bytes, data: bytes) -> bool:
    return bool(re.search(rb"(?<![0-9A-Za-z.])" + re.escape(text) + rb"(?![0-9A-Za-z.])", data))


def _names(text: str) -> set[str]:
    """Return how a person's name, in up to three scripts, may stand in a text."""
    found = {word for word in re.split(r"[\^= ]+", text) if len(word) > 3 or not word.isascii()}
    for group in text.split("="):
        for parts in (group.split("^")[:2], group.split("^")[1::-1]):
            found |= {between.join(parts) for between in ("", " ", ", ")}
    return found


def _is_long(text: str) -> bool:
    """Whether a text tells anything: a few letters can mean anything, two Chinese signs not."""
    return len(text) > (4 if text.isdigit() else 2 if text.isascii() else 1)


def _dates(day: str) -> set[str]:
    """Return how a date, YYYYMMDD, may stand in a text."""
    year, month, day_of_month = day[:4], day[4:6], day[6:]
    orders = ((year, month, day_of_month), (day_of_month, month, year), (month, day_of_month, year))
    return {between.join(parts) for parts in orders for between in ("", "-", "/", ".")}
