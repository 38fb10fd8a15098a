"""Unpacks `.requirements.zip` and has Python look there; handlers import this before their packages."""

import shutil
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

_ZIPPED = Path(__file__).resolve().with_name(".requirements.zip")


def _unpacked() -> str:
    folder = Path(tempfile.gettempdir()) / f"sls-py-req-{zlib.crc32(_ZIPPED.read_bytes()):08x}"
    if not folder.exists():
        partial = Path(tempfile.mkdtemp())
        with zipfile.ZipFile(_ZIPPED) as package:
            package.extractall(partial)
        try:
            partial.rename(folder)
        except OSError:
            # Another environment, where they share a folder, was first.
            shutil.rmtree(partial)
    return str(folder)


sys.path.insert(1, _unpacked())
