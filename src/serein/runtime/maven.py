"""What Java functions need of a Maven repository: its files, and a library that is in one of them."""

import hashlib
import io
import platform
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from serein.runtime.installing import InstallFailed

_DOWNLOAD_SECONDS = 60.0
_NATIVE_OF = {"x86_64": "jni/libaws-lambda-jni.linux-x86_64.so", "aarch64": "jni/libaws-lambda-jni.linux-aarch_64.so"}


def download(url: str) -> bytes:
    """A file of a Maven repository, of which there is a SHA-1 beside it. Raises InstallFailed."""
    try:
        with urllib.request.urlopen(url, timeout=_DOWNLOAD_SECONDS) as reply:
            content: bytes = reply.read()
        with urllib.request.urlopen(f"{url}.sha1", timeout=_DOWNLOAD_SECONDS) as reply:
            expected = reply.read().decode("ascii", "replace").split()[0]
    except (urllib.error.URLError, OSError, IndexError) as error:
        raise InstallFailed(f"{url}: {error}") from error
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != expected:
        raise InstallFailed(f"{url} is not what its SHA-1 says")
    return content


def extract_native(jar: bytes, target: Path) -> None:
    """Have the client's native library as a file, if this jar has it. Raises InstallFailed.

    Why: the client writes it to /tmp before it loads it, where another environment may be writing it too.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(jar)) as archive:
            name = _NATIVE_OF.get(platform.machine(), "")
            if name in archive.namelist():
                target.write_bytes(archive.read(name))
    except zipfile.BadZipFile as error:
        raise InstallFailed(f"a jar of AWS's runtime client is broken: {error}") from error
