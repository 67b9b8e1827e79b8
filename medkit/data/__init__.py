"""Where images come from: DICOM files, public sets, simulated tasks, reports."""
