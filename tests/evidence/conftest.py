"""What every test of evidence may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.files import reader


@pytest.fixture
def read(tmp_path: Path):
    """`read(text, format=None)`: the text as evidence."""
    return reader(tmp_path)
