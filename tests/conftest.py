"""What every test shares: the real files, the notebooks' meter, a scratch progress file."""

import importlib.util
import os
from pathlib import Path

import pytest


def pytest_configure(config):
    """Register the meter globally: nbval's items do not lie under this folder."""
    path = Path(__file__).parent / "notebooks" / "meter.py"
    spec = importlib.util.spec_from_file_location("medkit_meter", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not config.pluginmanager.has_plugin("medkit_meter"):
        config.pluginmanager.register(module.Meter(), "medkit_meter")


@pytest.fixture(scope="session", autouse=True)
def own_progress(tmp_path_factory):
    """Keep the learner's own progress out of the tests, kernels of nbval included."""
    before = os.environ.get("MEDKIT_PROGRESS")
    os.environ["MEDKIT_PROGRESS"] = str(tmp_path_factory.mktemp("progress") / "progress.json")
    yield
    if before is None:
        del os.environ["MEDKIT_PROGRESS"]
    else:
        os.environ["MEDKIT_PROGRESS"] = before


@pytest.fixture(scope="session")
def test_data():
    """Folder of real files, or a visible skip."""
    folder = os.environ.get("MEDKIT_TEST_DATA")
    if folder and not Path(folder).is_dir():
        pytest.fail(f"MEDKIT_TEST_DATA names {folder}, which is no folder")
    if not folder:
        pytest.skip("MEDKIT_TEST_DATA is not set: real files are not there")
    return Path(folder)
