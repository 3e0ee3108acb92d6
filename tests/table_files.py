"""Small files of tables, and the message about one that is wrong."""

from pathlib import Path

import pytest

from simlab.errors import DataError
from simlab.table import ScoreTable

HEADER = "family,scale,metric,score"
ROWS = "toy,1e7,accuracy,0.25\ntoy,1e8,accuracy,0.5\n"


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def error(path: Path) -> str:
    """The message about a file, without its path; read as a table, as a user would."""
    with pytest.raises(DataError) as caught:
        ScoreTable.read(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")
