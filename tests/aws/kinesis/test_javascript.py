"""AWS's SDK for JavaScript, through a program that uses it as its users do: over HTTP/2, subscriptions included."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from serein.settings import inherited, user_cache

PROGRAMS = Path(__file__).parent / "javascript"
_INSTALL_SECONDS = 400
pytestmark = pytest.mark.timeout(500)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The SDK, installed by npm once per user."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed: the JavaScript client of Kinesis is not tested")
    cache = user_cache() / "tests"
    cache.mkdir(parents=True, exist_ok=True)
    wanted = PROGRAMS / "package.json"
    folder = cache / f"javascript-kinesis-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]}"
    with (cache / "javascript-kinesis.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder / "node_modules"
        work = Path(tempfile.mkdtemp(prefix="javascript-kinesis-", dir=cache))
        shutil.copy(wanted, work)
        install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        try:
            subprocess.run(install, cwd=work, check=True, capture_output=True, timeout=_INSTALL_SECONDS, text=True)
            work.rename(folder)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"the SDK can't be installed (it is, once, when the network is there): {error.stderr or error}")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder / "node_modules"


def test_the_client_of_version_3_follows_a_stream_through_a_split(node_modules: Path, aws: Any, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(node_modules)
    shutil.copy(PROGRAMS / "sdk_v3.mjs", tmp_path)
    ran = subprocess.run(
        ["node", "--no-warnings", "sdk_v3.mjs"],
        cwd=tmp_path,
        env={**inherited(), **aws.environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, f"{ran.stdout[-3000:]}{ran.stderr[-6000:]}"
