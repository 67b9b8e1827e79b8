"""Make the trained networks and measured tables of ``datasets/`` anew, with the seeds they had.

::

    python -m medkit.authoring.datasets rnn_reader gan_retina

writes these two; ``--folder FOLDER`` writes elsewhere. Most take a minute of CPU time; each
`gan_…` but the ring 5 to 16 (`gan_retina_64` 29), `photons_to_diagnosis` 8 (after the finders),
`pairs` 8 (what its table holds already is not run again), `spine_reader` 8, `cnn_backbone`,
`cnn_study` (which needs it) and `tracer` 5, `workbench` (after its pictures) 3. `finder_ct_bleed`
takes 6 GB and, as we reckon, two hours without a GPU; with one and 16 cores it took 5 minutes.
Simulated patients follow the simulators: where these have changed since, so do the files.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from medkit import kit

#: Notebooks whose own cells make a file.
STROKE, TRUST = Path("notebooks/41_stroke.ipynb"), Path("notebooks/51_trust.ipynb")
#: File → the module of `medkit` whose ``make(…, folder)`` writes it, and what it is given.
FILES = {
    "autoencoder_bottlenecks": ("learning.studies.autoencoder_showcase", "bottlenecks"),
    "autoencoder_plane": ("learning.studies.autoencoder_showcase", "plane"),
    "autoencoder_anomalies": ("learning.studies.autoencoder_showcase", "anomalies"),
    "autoencoder_xrays": ("learning.studies.autoencoder_showcase", "xrays"),
    "cnn_backbone": ("learning.studies.backbone",),
    "cnn_study": ("learning.studies.cnn_study",),
    "cnn_us_breast": ("learning.studies.plain_cnn", "us_breast"),
    "crack_reader": ("learning.studies.crack_reader",),
    "finder_ct_bleed": ("learning.studies.finder", "ct_bleed"),
    "finder_mri_stroke": ("learning.studies.finder", "mri_stroke"),
    "finder_mri_tumour": ("learning.studies.finder", "mri_tumour"),
    "finder_oct_fluid": ("learning.studies.finder", "oct_fluid"),
    "finder_pet_hotspot": ("learning.studies.finder", "pet_hotspot"),
    "finder_us_breast": ("learning.studies.finder", "us_breast"),
    "gan_ct_bleed": ("learning.studies.synthesis", "ct_bleed", 32),
    "gan_ct_bleed_64": ("learning.studies.synthesis", "ct_bleed", 64),
    "gan_retina": ("learning.studies.synthesis", "retina", 32),
    "gan_retina_64": ("learning.studies.synthesis", "retina", 64),
    "gan_ring": ("learning.by_hand.toy_gan",),
    "gan_us_breast": ("learning.studies.synthesis", "us_breast", 32),
    "gan_us_breast_64": ("learning.studies.synthesis", "us_breast", 64),
    "pairs": ("learning.pairs.study",),
    "pairs_archive": ("learning.pairs.archive",),
    "photons_to_diagnosis": ("learning.studies.sweep",),
    "rnn_reader": ("learning.studies.rnn_showcase", "gru"),
    "rnn_reader_lstm": ("learning.studies.rnn_showcase", "lstm"),
    "rnn_seeds": ("learning.studies.rnn_showcase", "seeds"),
    "spine_reader": ("learning.studies.spine_reader",),
    "stroke_unet": ("data.sets.kept", "stroke_unet", STROKE, "stroke-fit", "network"),
    "tracer": ("learning.studies.tracer",),
    "trust_team": ("data.sets.kept", "trust_team", TRUST, "tr007", "team"),
    "workbench": ("learning.studies.workbench", "table"),
    "workbench_pictures": ("learning.studies.workbench", "pictures"),
}


def make(name: str, folder) -> Path:
    """Make one of `FILES` in a folder; return it."""
    module, *what = FILES[name]
    what = [kit.root() / one if isinstance(one, Path) else one for one in what]
    return import_module(f"medkit.{module}").make(*what, folder)


def main(arguments=None) -> None:
    """Make the files that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m medkit.authoring.datasets")
    parser.add_argument("names", nargs="+", choices=FILES, metavar="NAME", help=", ".join(FILES))
    usual = kit.root() / "datasets"
    parser.add_argument("--folder", type=Path, default=usual, help="where to write; %(default)s")
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        parser.error(f"there is no folder {chosen.folder}; make it first")
    for name in chosen.names:
        file = make(name, chosen.folder)
        sys.stdout.write(f"{file}: {file.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
