"""Exercises and quiz of ``00_start_here``: what an image is, and how checks work."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

VOLUME_SIZE = Exercise(
    id="00_start_here.volume_size",
    title="How big is a scan?",
    question=r"""
A CT scan has 200 slices of 512 × 512 pixels, and each pixel is stored in 16 bits.
How many **megabytes** is that? (1 MB = $10^6$ bytes.)
""",
    answer=Number(
        200 * 512 * 512 * 2 / 1e6,
        unit="MB",
        right="A hundred megabytes for one scan: this is why viewers load slices as you need them.",
        slips=(
            Slip(200 * 512 * 512 / 1e6, "That is the number of pixels: each takes 16 bits, "
                 "which is more than one byte.", 0.5),
            Slip(200 * 512 * 512 * 16 / 1e6, "Those are megabits: 8 bits make a byte.", 0.5),
            Slip(512 * 512 * 2 / 1e6, "That is one slice; the scan has 200.", 0.5),
            Slip(200 * 512 * 512 * 2 / 2**20, "That is in mebibytes (1 MiB = 1024² bytes); "
                 "megabytes are wanted.", 0.75),
        ),
    ),
    hints=(
        "How many pixels are there altogether?",
        "A byte has 8 bits, so a pixel of 16 bits takes 2 bytes.",
        "`200 * 512 * 512 * 2` bytes; divide by a million.",
    ),
    starter="size_mb = ...",
    solution_code="answer = 200 * 512 * 512 * 2 / 1e6",
    explanation="Pixels times bytes per pixel: $52.4$ million pixels of 2 bytes are $104.9$ MB.",
)  # fmt: skip

GREY_VALUE = Exercise(
    id="00_start_here.grey_value",
    title="From Hounsfield units to grey",
    question=r"""
A screen shows 256 greys, from 0 (black) to 255 (white). A window with **centre 40 HU** and
**width 400 HU** spreads exactly its range over them: its lower edge is black, its upper edge
white, and between them grey rises in a straight line.

Which grey does a pixel of **90 HU** get?
""",
    answer=Number(
        255 * (90 - (40 - 200)) / 400,
        right="Five eighths of the way up: 159. What lies outside the window is plain black or "
        "white, so the window decides what you can see.",
        slips=(
            Slip(0.625, "That is the place within the window, from 0 to 1; "
                 "stretch it over the greys 0 to 255.", 0.75),
            Slip(255 * (90 - 40) / 400, "You measured from the centre of the window, but black "
                 "is at its *lower edge*.", 0.25),
            Slip(255 * 90 / 400, "You measured from 0 HU, but black is at the lower edge "
                 "of the window.", 0.25),
            Slip(255 * (90 - (40 - 400)) / 800, "You took the width to both sides of the centre: "
                 "the width is the whole window, half of it on each side.", 0.5),
        ),
    ),
    hints=(
        "Where are the two edges of the window, in HU?",
        "The lower edge is $40 - 400/2 = -160$ HU. How far above it is 90 HU, "
        "as a part of the width?",
        "Part of the width, times 255.",
    ),
    starter="grey = ...",
    solution_code="lower = 40 - 400 / 2\nanswer = 255 * (90 - lower) / 400",
    explanation="The lower edge is $-160$ HU; 90 HU lies 250 HU above it, which is $0.625$ of "
    "the width, and $0.625 · 255 = 159$.",
)  # fmt: skip

WHICH_SCANNER = Exercise(
    id="00_start_here.which_scanner",
    title="Which scanner answers which question?",
    question=r"""
Give each clinical question the scanner that is usually asked first. Use each of `"CT"`, `"MRI"`,
`"ultrasound"`, `"PET-CT"` and `"OCT"` once.

- `"bleeding"`: sudden paralysis of one side; is there blood in the head? Minutes count.
- `"ligament"`: a knee twisted at sport; is the cruciate ligament torn?
- `"valve"`: a murmur at the heart; does the valve close, beat by beat, at the bedside?
- `"spread"`: a known lymphoma; where in the body is tissue that burns much sugar?
- `"retina"`: blurred sight; is there fluid between the layers of the retina?
""",
    answer=Matching(
        truth={
            "bleeding": "CT",
            "ligament": "MRI",
            "valve": "ultrasound",
            "spread": "PET-CT",
            "retina": "OCT",
        },
        why={
            "bleeding": "it has to be fast, and fresh blood attenuates X-rays more than brain.",
            "ligament": "soft tissues that attenuate X-rays alike differ in how their hydrogen "
            "relaxes.",
            "valve": "it takes many pictures a second and a device that can be carried.",
            "spread": "sugar use is function, not shape: a radioactive tracer shows it, and a "
            "second scanner shows where it is.",
            "retina": "layers of some hundredths of a millimetre need light, not X-rays or sound.",
        },
        right="Each scanner measures another property of tissue; there is no best one, only one "
        "that fits the question.",
    ),
    hints=(
        "Ask of each scanner: what does it measure, how fast, and how finely?",
        "X-rays see density and are fast; magnetic resonance sees soft tissue; sound sees motion; "
        "tracers see metabolism; light sees very fine layers near a surface.",
    ),
    starter="""
scanner = {"bleeding": ..., "ligament": ..., "valve": ..., "spread": ..., "retina": ...}
""",
    solution_code="""
answer = {
    "bleeding": "CT",
    "ligament": "MRI",
    "valve": "ultrasound",
    "spread": "PET-CT",
    "retina": "OCT",
}
""",
    explanation="CT is fast and shows blood; MRI separates soft tissues; ultrasound is live and "
    "portable; PET shows metabolism and CT its place; OCT resolves micrometres with light.",
)

_PICTURE = np.array([[0.0, 40.0, 50.0], [-1000.0, 60.0, 30.0]])

REGION_MEAN = Exercise(
    id="00_start_here.region_mean",
    title="Measure a region",
    question=r"""
Radiologists draw a region and read the mean value in it. Write a function that returns the mean
of `pixels` where `mask` is true. Both are arrays of the same shape.
""",
    answer=Function(
        reference=lambda pixels, mask: pixels[mask].mean(),
        cases=(
            Case((_PICTURE, _PICTURE > 20), "a region of soft tissue beside air"),
            Case((_PICTURE, np.ones((2, 3), bool)), "a region that is the whole picture"),
            Case((np.arange(24.0).reshape(2, 3, 4), np.arange(24).reshape(2, 3, 4) % 5 == 0),
                 "a region in a volume"),
        ),
        right="You wrote a function and the check called it with several inputs, also with ones "
        "you did not see. That is how all function exercises work.",
        slips=(
            Slip(lambda pixels, mask: pixels.mean(), "You took the mean of the whole picture; "
                 "pick the pixels of the region first, with `pixels[mask]`."),
            Slip(lambda pixels, mask: (pixels * mask).mean(), "Multiplying with the mask makes "
                 "the rest zero, but the mean still counts those zeros.", 0.25),
            Slip(lambda pixels, mask: pixels[mask].sum(), "That is the sum over the region; "
                 "divide by the number of its pixels.", 0.25),
            Slip(lambda pixels, mask: pixels[~mask].mean() if (~mask).any() else np.nan,
                 "You took the pixels outside the region.", 0.25),
        ),
    ),
    hints=(
        "A mask of true and false can stand in square brackets: `pixels[mask]`.",
        "`pixels[mask]` is a list of just those pixels; it has a `.mean()`.",
    ),
    starter="def region_mean(pixels, mask):\n    return ...",
    solution_code="def region_mean(pixels, mask):\n    return pixels[mask].mean()\n\n\n"
    "answer = region_mean",
    explanation="Indexing with a mask keeps the pixels where it is true, in any number of "
    "dimensions.",
)  # fmt: skip

CHAPTER = Chapter(
    stem="00_start_here",
    title="Start here",
    exercises=(VOLUME_SIZE, GREY_VALUE, WHICH_SCANNER, REGION_MEAN),
)
