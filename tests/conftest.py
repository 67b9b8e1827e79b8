"""What every test shares: the folder of real files, and where progress must not go."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def test_data():
    """Folder of real files, or a visible skip."""
    folder = os.environ.get("MEDKIT_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("MEDKIT_TEST_DATA is not set: real files are not there")
    return Path(folder)
