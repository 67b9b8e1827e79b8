"""What radiology reports talk about: findings with their synonyms, and the studies.

Each finding has several names, because readers do; ``"a "`` or ``"an "`` in front marks
those that can be counted. British spelling is the base; `american` turns it.
"""

import re
from dataclasses import dataclass

#: Finding → its names. The first eleven are lesions of the simulated tasks.
FINDINGS: dict[str, tuple[str, ...]] = {
    "bleed": (
        "haemorrhage",
        "intracranial haemorrhage",
        "acute blood",
        "an intracranial bleed",
        "a haematoma",
    ),
    "stroke": ("an infarct", "an acute infarct", "an ischaemic lesion", "acute ischaemia"),
    "tumour": ("a mass", "an enhancing mass", "a tumour", "a space-occupying lesion", "a neoplasm"),
    "nodule": ("a pulmonary nodule", "a nodule", "a lung nodule", "a nodular opacity"),
    "benign": ("a fibroadenoma", "a benign-looking mass", "a well-circumscribed mass"),
    "malignant": ("a carcinoma", "a malignant-looking mass", "an irregular spiculated mass"),
    "fluid": ("intraretinal fluid", "macular oedema", "retinal fluid", "a fluid pocket"),
    "naevus": ("a melanocytic naevus", "a benign naevus", "a naevus"),
    "melanoma": ("a melanoma", "a malignant melanoma", "an invasive melanoma"),
    "hotspot": (
        "an FDG-avid focus",
        "a hypermetabolic lesion",
        "focal tracer uptake",
        "an avid lesion",
    ),
    "fracture": ("a fracture", "a displaced fracture", "a fracture line"),
    "sinusitis": ("sinus mucosal thickening", "sinus disease", "an opacified sinus"),
    "calcification": ("calcification", "vascular calcification", "a calcified focus"),
    "atrophy": ("volume loss", "age-related atrophy", "generalised atrophy"),
    "degenerative": ("degenerative change", "spondylosis", "degenerative disease of the spine"),
    "effusion": ("a pleural effusion", "pleural fluid", "an effusion"),
    "granuloma": ("a granuloma", "an old granuloma", "a calcified granuloma"),
    "pneumothorax": ("a pneumothorax", "an apical pneumothorax"),
    "cyst": ("a cyst", "a simple cyst", "an anechoic cyst"),
    "node": ("an enlarged lymph node", "lymphadenopathy", "a prominent lymph node"),
    "drusen": ("drusenoid change", "a small druse"),
    "membrane": ("an epiretinal membrane", "epiretinal fibrosis"),
    "scar": ("a scar", "scarring", "post-operative scarring"),
    "angioma": ("an angioma", "a cherry angioma", "a small haemangioma"),
}


@dataclass(frozen=True)
class Study:
    """One kind of examination.

    Parameters
    ----------
    name, technique : str
        What it is called, and how it is done, with ``[this|that]`` to choose from.
    modality, region : str
        As in the table of a task.
    organ : str
        Where a lesion is if the table does not say: ``"in the brain"``.
    lesions, others : tuple of str
        Findings that the study looks for, and those that are there by the way.
    locations : tuple of str
        Places to choose from when a case is made up.
    normal, reasons : tuple of str
        Sentences about what is as it should be; why the patient came.
    size_mm : float
        A usual size of its lesions.
    """

    name: str
    technique: str
    modality: str
    region: str
    organ: str
    lesions: tuple[str, ...]
    others: tuple[str, ...]
    locations: tuple[str, ...]
    normal: tuple[str, ...]
    reasons: tuple[str, ...]
    size_mm: float


STUDIES: dict[str, Study] = {
    "ct_head": Study(
        "CT of the head", "[Axial|Helical] CT [without contrast|before contrast], 5 mm slices",
        "CT", "head", "in the brain", ("bleed", "stroke", "tumour"),
        ("fracture", "sinusitis", "calcification", "atrophy"),
        ("frontal lobe", "parietal lobe", "temporal lobe", "basal ganglia", "thalamus"),
        ("The ventricles are of normal size", "Grey and white matter are well differentiated",
         "The basal cisterns are [patent|open]", "The midline is [central|not shifted]",
         "The third ventricle measures [3|4|5|6|7] mm",
         "The [left|right] [frontal|temporal|parietal] lobe is unremarkable",
         "The [thalamus|basal ganglia] [on the left|on the right] [are|is] of normal density"),
        ("sudden headache", "fall with loss of consciousness", "weakness of one side",
         "confusion since this morning", "query haemorrhage", "rule out stroke"),
        14.0,
    ),
    "mr_head": Study(
        "MRI of the head", "[T1, T2, FLAIR and diffusion|Multiplanar T1, T2 and FLAIR] sequences",
        "MR", "head", "in the brain", ("tumour", "stroke", "bleed"),
        ("sinusitis", "atrophy", "cyst"),
        ("frontal lobe", "parietal lobe", "occipital lobe", "temporal lobe", "cerebellum"),
        ("The ventricles are of normal size", "The flow voids are preserved",
         "The pituitary is unremarkable", "The midline is [central|not shifted]",
         "The pituitary measures [4|5|6|7|8] mm",
         "The [left|right] [frontal|temporal|occipital] lobe is unremarkable",
         "The [left|right] half of the cerebellum is of normal signal"),
        ("first seizure", "headache for three weeks", "change of personality",
         "query mass", "exclude stroke", "family history of tumour"),
        18.0,
    ),
    "ct_chest": Study(
        "CT of the chest", "Helical CT [with|without] contrast, [1|2|3] mm slices",
        "CT", "thorax", "in the lung", ("nodule",),
        ("effusion", "granuloma", "degenerative", "pneumothorax", "node"),
        ("upper lobe", "lower lobe", "lingula", "apex"),
        ("The heart is of normal size", "The airways are [patent|open]",
         "The mediastinum is unremarkable", "The lungs are well aerated",
         "Lymph nodes measure up to [5|6|7|8] mm, within normal limits",
         "The [left|right] [upper|lower] lobe is clear", "The [lingula|apex] is clear",
         "The ascending aorta measures [28|30|32|34] mm"),
        ("cough for six weeks", "smoker, weight loss", "screening", "query nodule",
         "rule out pneumothorax", "follow-up"),
        9.0,
    ),
    "us_breast": Study(
        "Ultrasound of the breast", "[High-frequency|12 MHz] linear probe, both breasts",
        "US", "breast", "in the breast", ("benign", "malignant"),
        ("cyst", "node", "calcification"),
        ("upper outer quadrant", "upper inner quadrant", "lower outer quadrant",
         "retroareolar region"),
        ("The skin is not thickened", "The ducts are not dilated",
         "The glandular tissue is [homogeneous|even]",
         "The [left|right] [upper outer|upper inner|lower outer] quadrant is unremarkable",
         "The retroareolar ducts measure [1|2] mm", "The skin is [1|2] mm thick"),
        ("palpable lump", "screening", "pain for two weeks", "mother had carcinoma",
         "query cyst", "recall from screening"),
        12.0,
    ),
    "oct_eye": Study(
        "OCT of the retina", "Spectral-domain OCT, [macular cube|line scans through the fovea]",
        "OPT", "eye", "in the macula", ("fluid",), ("drusen", "membrane", "atrophy"),
        ("fovea", "parafoveal zone", "inner nuclear layer", "outer plexiform layer"),
        ("The layers are regular", "The photoreceptor line is [continuous|intact]",
         "The vitreous is clear", "The fovea is [centred|of normal shape]",
         "Central thickness is 0.[24|25|26|27] mm",
         "The [left|right] disc is unremarkable",
         "The [inner nuclear|outer plexiform] layer is even"),
        ("blurred vision", "diabetes, screening", "distorted lines", "query macular oedema",
         "exclude fluid", "control after injection"),
        0.3,
    ),
    "photo_skin": Study(
        "Dermoscopy of the skin", "[Polarised|Contact] dermoscopy, magnification 10",
        "XC", "skin", "on the trunk", ("naevus", "melanoma"), ("scar", "angioma", "cyst"),
        ("forearm", "shoulder", "thigh", "calf", "flank"),
        ("The surrounding skin is unremarkable", "The hairs are normal",
         "The network is [regular|even]",
         "The skin of the [left|right] [forearm|shoulder|thigh|calf] is unremarkable",
         "Pigment spots of up to [1|2] mm are usual at this age"),
        ("a spot that has grown", "yearly check", "itching for a month", "rule out melanoma",
         "sister had a melanoma", "a spot that bled"),
        6.0,
    ),
    "pet_chest": Study(
        "PET-CT of the chest", "[60|75|90] min after [220|250|300] MBq of FDG",
        "PT", "thorax", "in the lung", ("hotspot",),
        ("node", "granuloma", "degenerative", "effusion"),
        ("upper lobe", "lower lobe", "hilum", "chest wall"),
        ("Uptake of the heart is physiological", "Uptake of the liver is [even|physiological]",
         "The bone marrow is unremarkable",
         "The [left|right] [upper|lower] lobe shows no raised uptake",
         "The [hilum|chest wall] [on the left|on the right] is unremarkable",
         "Hilar lymph nodes of up to [5|6|7|8] mm without raised uptake"),
        ("staging", "unclear nodule on CT", "weight loss", "query metastasis",
         "control after chemotherapy"),
        12.0,
    ),
}  # fmt: skip

#: Words of a table's region → those of the studies.
_REGIONS = {"brain": "head", "chest": "thorax", "lung": "thorax", "retina": "eye", "macula": "eye"}

_AMERICAN = (
    (r"aemorrhag", "emorrhag"),
    (r"aemato", "emato"),
    (r"aemangi", "emangi"),
    (r"oedema", "edema"),
    (r"umour", "umor"),
    (r"schaemi", "schemi"),
    (r"naev", "nev"),
    (r"olaris", "olariz"),
    (r"eneralis", "eneraliz"),
    (r"\bGrey", "Gray"),
    (r"\bgrey", "gray"),
    (r"imetre", "imeter"),
    (r"olour", "olor"),
    (r"isualis", "isualiz"),
    (r"entre\b", "enter"),
    (r"ecognis", "ecogniz"),
)


def american(text: str) -> str:
    """Return British spelling turned American.

    >>> american("Haemorrhage in a tumour of 2 centimetres")
    'Hemorrhage in a tumor of 2 centimeters'
    """
    for british, other in _AMERICAN:
        text = re.sub(british, other, text)
    return text


def study_of(modality: str, region: str, lesion: str = "") -> Study:
    """Return the study that a row of a task's table belongs to.

    Raises
    ------
    ValueError
        If no study of this modality looks for the lesion.
    """
    region = str(region).lower()
    region = next((known for word, known in _REGIONS.items() if word in region), region)
    fits = [s for s in STUDIES.values() if s.modality == modality]
    fits = [s for s in fits if not lesion or lesion in (*s.lesions, *s.others)]
    if not fits:
        raise ValueError(
            f"no study for modality {modality!r} with lesion {lesion!r}; modalities are "
            f"{sorted({s.modality for s in STUDIES.values()})}, lesions {', '.join(FINDINGS)}"
        )
    return next((s for s in fits if s.region in region), fits[0])
