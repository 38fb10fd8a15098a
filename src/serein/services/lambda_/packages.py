"""Deployment packages: checked, and unpacked once into a folder named by their content.

Everything here blocks; callers run it in a thread.
"""

import base64
import hashlib
import os
import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from serein.kernel.ids import random_hex
from serein.services.lambda_.errors import RequestEntityTooLargeException, invalid

MAXIMUM_ZIPPED_BYTES = 52_428_800
MAXIMUM_UNZIPPED_BYTES = 262_144_000
_MAXIMUM_ENTRIES = 200_000
_DEFAULT_MODE = 0o644
_LINKED_BYTES = 1024
"""Smaller files are written as fast as they are compared."""


@dataclass(frozen=True, slots=True)
class Package:
    """A checked package: its bytes, its hash and how large it is unpacked."""

    content: bytes
    sha256: str
    unzipped_bytes: int

    @property
    def sha256_base64(self) -> str:
        return base64_of(self.sha256)


def base64_of(sha256: str) -> str:
    """A hash as Lambda writes it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def check_package(content: bytes, *, is_direct: bool) -> Package:
    """Check a zip file. Raises InvalidParameterValueException and RequestEntityTooLargeException."""
    if not content:
        raise invalid("Uploaded file must be a non-empty zip")
    if is_direct and len(content) > MAXIMUM_ZIPPED_BYTES:
        raise RequestEntityTooLargeException(f"Zipped size must be smaller than {MAXIMUM_ZIPPED_BYTES} bytes")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from None
    if not entries:
        raise invalid("Uploaded file must be a non-empty zip")
    size = sum(entry.file_size for entry in entries)
    if size >= MAXIMUM_UNZIPPED_BYTES or len(entries) > _MAXIMUM_ENTRIES:
        raise invalid(f"Unzipped size must be smaller than {MAXIMUM_UNZIPPED_BYTES} bytes")
    for entry in entries:
        _check_entry(entry)
    return Package(content, hashlib.sha256(content).hexdigest(), size)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith("/") or ".." in parts or "\0" in entry.filename or entry.flag_bits & 1:
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")


def unpack(content: Path, folder: Path, like: Path | None = None) -> None:
    """Unpack a zip file into `folder`, all or nothing; does nothing when the folder is there.

    Files that the folder `like` holds with the same content become links to those: of a large package that differs in
    a handler, the handler is written. Functions don't write to their code, as on AWS.
    Invariant: a folder that exists is complete, because it is written aside and renamed.
    """
    if folder.exists():
        return
    aside = folder.with_name(f".{folder.name}.{random_hex(8)}")
    aside.mkdir(parents=True)
    try:
        with zipfile.ZipFile(content) as archive:
            left = MAXIMUM_UNZIPPED_BYTES
            for entry in archive.infolist():
                left -= _link_entry(entry, aside, like, left) or _unpack_entry(archive, entry, aside, left)
        aside.replace(folder)
    except OSError:
        # Why: another thread may have put the same content there first.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _link_entry(entry: zipfile.ZipInfo, root: Path, like: Path | None, limit_bytes: int) -> int:
    """Link the file of an entry to the same one in `like`; its size, or 0 when there is none or it is small."""
    if like is None or not _LINKED_BYTES <= entry.file_size <= limit_bytes or entry.is_dir():
        return 0
    _check_entry(entry)
    known, mode = like / entry.filename, entry.external_attr >> 16
    try:
        found = known.lstat()
        is_same = stat.S_ISREG(found.st_mode) and found.st_size == entry.file_size
        if not is_same or stat.S_IMODE(found.st_mode) != _mode_of(mode) or stat.S_ISLNK(mode):
            return 0
        if zlib.crc32(known.read_bytes()) != entry.CRC:
            return 0
        target = root / entry.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(known, target)
    except OSError:
        # It is written instead: the folder may be on its way out, or the file system has no links.
        return 0
    return entry.file_size


def _mode_of(mode: int) -> int:
    """Why: a package zipped on Windows carries no modes, and Lambda's user must be able to read everything."""
    return (stat.S_IMODE(mode) & 0o777 if mode else _DEFAULT_MODE) | 0o444


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, root: Path, limit_bytes: int) -> int:
    _check_entry(entry)
    target = root.joinpath(*[part for part in entry.filename.split("/") if part not in ("", ".")])
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        return _unpack_link(archive.read(entry).decode(), target, root)
    # Why: a name that comes twice may be a link to another package's file by now.
    target.unlink(missing_ok=True)
    written = 0
    with archive.open(entry) as source, target.open("wb") as file:
        while chunk := source.read(1024 * 1024):
            written += len(chunk)
            if written > limit_bytes:
                raise zipfile.BadZipFile("larger than it says")
            file.write(chunk)
    target.chmod(_mode_of(mode))
    return written


def _unpack_link(destination: str, link: Path, root: Path) -> int:
    """Make a symbolic link that stays within the package."""
    resolved = Path(os.path.normpath(link.parent / destination))
    if destination.startswith("/") or not resolved.is_relative_to(root):
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    link.symlink_to(destination)
    return 0
