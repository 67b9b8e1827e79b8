"""Compiled functions on a computer where neither the kit nor the home can be written."""

import subprocess
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parents[1] / "medkit"


def test_every_module_works_where_no_cache_can_be_written():
    # This is what a read-only folder looks like to numba; root could write everywhere.
    code = """
import importlib, sys
from numba.core import caching
def read_only(self): raise PermissionError(13, "Permission denied")
for locator in (caching._CacheLocator, *caching._CacheLocator.__subclasses__()):
    locator.ensure_cache_path = read_only
for name in sys.argv[1:]:
    importlib.import_module(name)
from medkit import compiled
from medkit.physics.ultrasound import echoes
assert compiled.compiled(lambda x: 2 * x)(21) == 42
import numpy as np
print(round(float(echoes._decay(np.float32(1))), 3))
"""
    paths = [p for p in KIT.rglob("*.py") if "compiled import" in p.read_text("utf-8")]
    parts = [p.relative_to(KIT.parent).with_suffix("").parts for p in paths]
    names = [".".join(part).removesuffix(".__init__") for part in parts]
    assert len(names) >= 7
    command = [sys.executable, "-W", "error", "-c", code, *names]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.stderr == ""
    assert said.stdout.strip() == "0.368"  # 1/e


def test_nobody_goes_to_numba_alone():
    alone = [p.name for p in KIT.rglob("*.py") if "njit" in p.read_text("utf-8")]
    assert alone == ["compiled.py"]
