"""The build cache: folders and packages named by what they were made from, made once and never changed."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from serein.deploy.progress import Say
from serein.deploy.sources import Entry, source_entries, write_package

_KEPT_BYTES = 1024 * 1024 * 1024
"""Of packages."""


class BuildCache:
    """`.serein/build`: installed dependencies, and packages. What it holds can be deleted at any time."""

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder = folder
        self._say = say
        self._is_prepared = False

    def package_path(self, content: str) -> Path:
        """Where the package of this content hash is, or belongs."""
        return self._folder / "packages" / f"{content}.zip"

    def write_package(self, what: str, content: str, entries: list[Entry], dependencies: Path | None = None) -> Path:
        """The package of this content hash, written when it isn't there."""
        package = self.package_path(content)
        if not package.exists():
            self._say(f"Packaging {what}")
            self._prepare()
            write_package(package, entries, dependencies)
            self._prune(package)
        return package

    def _prune(self, newest: Path) -> None:
        """Forget old packages when there are many bytes of them: every save of a source file makes one."""
        found = []
        for path in newest.parent.glob("*.zip"):
            with suppress(FileNotFoundError):
                about = path.stat()
                found.append((about.st_mtime, about.st_size, path))
        size = sum(size for _, size, _ in found)
        for _, old_size, path in sorted(found):
            if size <= _KEPT_BYTES or path == newest:
                return
            path.unlink(missing_ok=True)
            size -= old_size

    def installed(self, what: str, key: str, install: Callable[[Path], None]) -> Path:
        """The folder that `install` filled, once per key."""
        folder = self._folder / "installed" / _hash(key)
        if not folder.exists():
            self._say(f"Installing dependencies of {what}")
            with self.scratch() as scratch:
                filled = scratch / "filled"
                filled.mkdir()
                install(filled)
                folder.parent.mkdir(parents=True, exist_ok=True)
                if not folder.exists():
                    filled.rename(folder)
        return folder

    def dependencies(self, what: str, key: str, prefix: str, install: Callable[[Path], None]) -> Path:
        """The zip of what `install` puts into an empty folder; names get the prefix."""
        package = self._folder / "installed" / f"{_hash(key, prefix)}.zip"
        if not package.exists():
            write_package(package, source_entries(self.installed(what, key, install), prefix=prefix))
        return package

    def kept(self, kind: str, key: str) -> Path:
        """A folder for a tool's own cache, which stays."""
        self._prepare()
        folder = self._folder / kind / _hash(key)[:16]
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def scratch(self) -> "Scratch":
        """A new folder that goes when the `with` block ends."""
        self._prepare()
        (self._folder / "scratch").mkdir(exist_ok=True)
        return Scratch(self._folder / "scratch")

    def _prepare(self) -> None:
        """Make the folder, one that git does not see."""
        if self._is_prepared:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        ignore = self._folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
        self._is_prepared = True


class Scratch:
    """A temporary folder inside the cache (same file system, so renames are cheap)."""

    def __init__(self, parent: Path) -> None:
        self._path = Path(tempfile.mkdtemp(dir=parent))

    def __enter__(self) -> Path:
        return self._path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
