"""Where tests find the published vectors and data that are not part of the repository."""

import os
from pathlib import Path

import pytest

_VARIABLE = "HERTZCHAIN_SHARED"


def shared_file(relative: str) -> Path:
    """Path of a shared file: in the folder named by HERTZCHAIN_SHARED, else in `shared` beside the checkout.

    Skips the calling test when the file is in neither.
    """
    named = os.environ.get(_VARIABLE)
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    path = folder / relative
    if not path.exists():
        pytest.skip(
            f"shared file {relative!r} not found; set {_VARIABLE} to the folder that holds it",
            allow_module_level=True,
        )
    return path
