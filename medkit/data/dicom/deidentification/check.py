"""Search what was de-identified for what must not be in it any more.

A damaged length lets one element swallow those after it, and a text may repeat a name: no
table of tags sees either. So every file that is about to be written is searched.
"""

import io
import re

import pydicom
from pydicom.charset import convert_encodings
from pydicom.datadict import dictionary_VR, keyword_for_tag

from medkit.data.dicom.deidentification import spellings
from medkit.data.dicom.parse import quiet

#: Besides names, dates and UIDs, what leads back to a person.
_IDENTITY = {
    "PatientID", "OtherPatientIDs", "PatientAddress", "PatientTelephoneNumbers",
    "PatientTelecomInformation", "MedicalRecordLocator", "InsurancePlanIdentification",
    "AccessionNumber", "InstitutionName", "InstitutionAddress", "DeviceSerialNumber",
}  # fmt: skip
_TEXT = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
_NUMBERS = {"AS", "DA", "DS", "DT", "IS", "TM"}
#: No text has these. The header of an element that was swallowed does.
_CONTROL = re.compile(rb"[\x00-\x08\x10-\x1a\x1c-\x1f]")
#: Numbers, dates, times and ages are made of these.
_NUMBER = re.compile(rb"[0-9+\-.:eEDWMY\\ \0]*")
#: A UID as archives give them; the standard's own are shorter or begin with its root.
_UID = re.compile(rb"(?<![\d.])(?!1\.2\.840\.10008\.|2\.25\.)[0-2](?:\.\d+){4,}")
_LONG_UID = 20
#: The header of an element of the patient's, tags (0010,0010) to (0010,0030), in both orders.
_PATIENT = re.compile(
    rb"\x10\x00[\x10\x20\x30]\x00(?:PN|LO|DA|[\x02-\x40]\x00\x00\x00[ -~]{2})"
    rb"|\x00\x10\x00[\x10\x20\x30](?:PN|LO|DA|\x00\x00\x00[\x02-\x40][ -~]{2})"
)


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
        self.uids: set[str] = set()
        whole, parts = set(), set()
        for element in _all(ds):
            if element.VR not in ("DA", "DT", "PN", "UI") and element.keyword not in _IDENTITY:
                continue
            values = element.value
            values = values if isinstance(values, pydicom.multival.MultiValue) else [values]
            texts = {str(value).strip(" \0") for value in values if value}
            if element.VR == "UI" and (element.tag.group, element.tag.element) in new_uids:
                own = {uid for uid in texts if not uid.startswith("1.2.840.10008.")}
                self.uids |= {uid for uid in own if len(uid) > 4}
            elif element.VR == "PN":
                for text in texts:
                    parts |= spellings.of_name(text)
                whole |= texts | {text.replace("^", " ") for text in texts}
            elif element.VR in ("DA", "DT"):
                days = {text[:8] for text in texts}
                whole |= days
                parts |= {way for day in days for way in spellings.of_date(day)}
            elif element.keyword == "PatientAddress":
                lines = {line.strip() for text in texts for line in re.split(r"[,^\r\n]", text)}
                whole |= texts | {line for line in lines if len(line) > 4}
            elif element.keyword in _IDENTITY:
                whole |= texts | {text.lstrip("0") for text in texts}
                whole |= {re.sub(r"[\W_]", "", text) for text in texts}
        # A hospital may be called like the maker of its scanners, and a file be cleaned already.
        maker = str(ds.get("Manufacturer") or "").casefold()
        long = {
            text
            for text in whole
            if len(text) > (4 if text.isdigit() else 2)
            and text.casefold() not in maker
            and text.casefold() != "anonymized"
        }
        encodings = {"utf-8", "latin-1", *_encodings(ds)}
        self.whole = _pattern(long | self.uids, encodings)
        self.parts = _pattern(parts | long | self.uids, encodings)
        sure = {text for text in long | self.uids if len(text) > 9 and not text.isdigit()}
        self.sure = {code for text in sure for code in spellings.encoded(text, encodings)}

    def purge(self, ds: pydicom.Dataset) -> list[str]:
        """Take it out of a file just read; return the keywords of the elements that held it.

        Of a text, the words are replaced if its character set allows it; any other element
        is removed.

        Raises
        ------
        ValueError
            If it is in the pixels, which cannot be left out.
        """
        found = []
        for tag in list(ds.keys()):
            raw = ds.get_item(tag)
            if raw.VR == "SQ" or (raw.VR in (None, "UN") and ds[tag].VR == "SQ"):
                for item in ds[tag].value:
                    found += self.purge(item)
            elif self._has(tag, _vr(raw), _bytes(raw)):
                if tag in (0x7FE00008, 0x7FE00009, 0x7FE00010):
                    raise ValueError("pixels")
                self._take_out(ds, tag, raw)
                found.append(keyword_for_tag(tag) or "an element")
        return found

    def _take_out(self, ds: pydicom.Dataset, tag, raw) -> None:
        del ds[tag]
        vr, value = _vr(raw), _bytes(raw)
        # A Latin word put among signs of two bytes would be read as such signs.
        if (vr in _TEXT or vr == "CS") and b"\x1b$" not in value:
            value = self._pattern(vr).sub(b"REMOVED", value)
            value += b" " * (len(value) % 2)
            if not self._has(tag, vr, value):
                ds[tag] = raw._replace(value=value, length=len(value))

    def _pattern(self, vr: str) -> re.Pattern:
        # A patient called Head is no reason to remove the code HEAD.
        return self.whole if vr == "CS" else self.parts

    def _has(self, tag: int, vr: str, value: bytes) -> bool:
        if not value:
            return False
        if vr in _TEXT or vr in _NUMBERS or vr in ("CS", "UI"):
            parts = [part.strip(b" \0") for part in value.split(b"\\")]
            inner = b"\\".join(parts)
            if _CONTROL.search(inner):
                return True
            if vr in _NUMBERS:
                return not _NUMBER.fullmatch(inner)
            if vr == "UI":
                return any(part.decode("latin-1") in self.uids for part in parts)
            return bool(self._pattern(vr).search(inner))
        if tag in (0x7FE00008, 0x7FE00009):
            return False  # floating-point pixels can look like anything
        if any(text in value for text in self.sure):
            return True
        if tag == 0x7FE00010 and not value.startswith(b"\xfe\xff\x00\xe0"):
            return False  # as many numbers as the picture has pixels: nothing fits in besides
        return any(len(uid) >= _LONG_UID for uid in _UID.findall(value)) or (
            tag != 0x7FE00010 and bool(_PATIENT.search(value))
        )

    def is_clean(self, data: bytes) -> bool:
        """Whether the bytes of a whole file hold none of the longer identifiers."""
        return not any(text in data and _alone(text, data) for text in self.sure)


def _alone(text: bytes, data: bytes) -> bool:
    return bool(re.search(rb"(?<![0-9A-Za-z.])" + re.escape(text) + rb"(?![0-9A-Za-z.])", data))


def _pattern(texts: set[str], encodings) -> re.Pattern:
    words = set()
    for text in texts:
        # Chinese, Japanese and Korean stand without spaces, and their bytes can be letters.
        plain = text.isascii() or any("a" <= letter.casefold() <= "z" for letter in text)
        ends = (rb"(?<![0-9A-Za-z])", rb"(?![0-9A-Za-z])") if plain else (b"", b"")
        words |= {re.escape(code).join(ends) for code in spellings.encoded(text, encodings)}
    if not words:
        return re.compile(rb"(?!)")
    return re.compile(rb"(?i)" + b"|".join(sorted(words, key=len, reverse=True)))


def _encodings(ds: pydicom.Dataset) -> list[str]:
    try:
        with quiet():
            return [e for e in convert_encodings(ds.get("SpecificCharacterSet")) if e]
    except Exception:  # an unknown character set: its bytes are compared as Latin
        return []


def _all(ds: pydicom.Dataset):
    """Yield every element that can be read, at any depth; private ones tell nothing for sure."""
    for tag in list(ds.keys()):
        if tag.is_private:
            continue
        try:
            element = ds[tag]
            if element.VR != "SQ":
                yield element
                continue
            items = list(element.value)
        except Exception:  # whatever pydicom raises: rules.py takes out what cannot be read
            continue
        for item in items:
            yield from _all(item)


def _vr(raw) -> str:
    if raw.VR and raw.VR != "UN":
        return str(raw.VR)
    try:
        return dictionary_VR(raw.tag)
    except KeyError:
        return "UN"


def _bytes(raw) -> bytes:
    value = raw.value
    return value if isinstance(value, bytes) else str(value or "").encode("utf-8", "ignore")


def read_back(data: bytes) -> pydicom.Dataset:
    """Parse what is about to be written."""
    with quiet():
        return pydicom.dcmread(io.BytesIO(data))
