"""Quiz of ``10_dicom``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "A CT pixel is stored as 1064. What is it in Hounsfield units?",
        (
            Option("1064 HU, because what is stored is what was measured.",
                   "What is stored is a code; the header says how to turn it into HU."),
            Option("It depends on the rescale slope and intercept.",
                   "RescaleSlope × stored + RescaleIntercept. With 1 and −1024 it is 40 HU, "
                   "but other scanners write other numbers.", right=True),
            Option("40 HU, because 1024 has to be subtracted.",
                   "Often, when the intercept is −1024; to rely on it without reading the "
                   "header is how pipelines break."),
        ),
    ),
    Question(
        "In which order do the slices of a series belong?",
        (
            Option("By file name.", "File names are free to choose: `IM10` comes before `IM2`."),
            Option("By InstanceNumber, which every scanner counts up from 1.",
                   "It mostly agrees, but it may be missing, doubled or run the other way: "
                   "it counts pictures, it does not measure places."),
            Option("By position along the normal of the slices.",
                   "ImagePositionPatient and ImageOrientationPatient are measured in the "
                   "patient, in millimetres, for any orientation.",
                   right=True),
        ),
    ),
    Question(
        "SliceThickness is 5 mm, and neighbouring slices lie 2.5 mm apart. "
        "Which is the voxel's size along the stack?",
        (
            Option("2.5 mm: the distance between slices.",
                   "Geometry needs the distance of centres. Here each slice overlaps its "
                   "neighbours by half.", right=True),
            Option("5 mm: the slice thickness is a voxel's size.",
                   "Then the patient would come out twice as tall. The thickness says how "
                   "much tissue a slice averages."),
            Option("It cannot be known.", "It can: from the positions of the slices."),
        ),
    ),
    Question(
        "A radiograph shows bones black and air white when you plot it. What is the likely reason?",
        (
            Option("The file was damaged on its way, and its bits are inverted.",
                   "Damage looks like noise, bands or missing parts, not like a negative."),
            Option("PhotometricInterpretation is MONOCHROME1.",
                   "Its smallest value means white: invert it for display (and "
                   "for a network trained on the other kind).",
                   right=True),
            Option("The window is too wide.", "A wide window makes a picture flat, not negative."),
        ),
    ),
    Question(
        "You removed PatientName, PatientID and all dates from an ultrasound file. "
        "May it leave the hospital now?",
        (
            Option("Yes: nothing that is left can identify the patient any more.",
                   "Look at the picture: ultrasound often has name and date *written in the "
                   "pixels*. Private elements and UIDs may identify as well."),
            Option("No: pixels, private elements and UIDs may still tell.",
                   "De-identification is a list to work through, that of PS3.15, and not three "
                   "fields.", right=True),
            Option("Yes, if the file name is changed too.",
                   "A good idea, and far from enough."),
        ),
    ),
    Question(
        "Two series have the same FrameOfReferenceUID. What does this promise?",
        (
            Option("Their pixels have the same size and lie on top of each other.",
                   "Size and orientation may differ: a PET and a CT share a frame of reference."),
            Option("They are parts of one series.", "That would be the same SeriesInstanceUID."),
            Option("Their patient coordinates can be compared directly.",
                   "A point in millimetres means the same place in both: this is what fusion "
                   "stands on.", right=True),
        ),
    ),
)  # fmt: skip
