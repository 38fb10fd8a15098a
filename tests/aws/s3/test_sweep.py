"""Blobs that no row names are removed, and those of objects and packages stay."""

import os
from pathlib import Path
from typing import Any

from serein.testing import Serein, ServerProcess


def test_a_blob_that_a_crash_left_behind_is_swept_within_a_day(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"clock": "virtual"})
    session = Serein(server.endpoint)
    s3: Any = session.client("s3")
    s3.create_bucket(Bucket="swept")
    s3.put_object(Bucket="swept", Key="kept", Body=b"x" * 1_000_000)
    (kept,) = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    orphan = kept.with_name(kept.name[:2] + "0" * (len(kept.name) - 2))
    orphan.write_bytes(b"left behind")
    for path in (kept, orphan):
        os.utime(path, (1, 1))
    session.clock.advance(2 * 86_400)
    assert not orphan.exists()
    assert s3.get_object(Bucket="swept", Key="kept")["Body"].read() == b"x" * 1_000_000
    server.stop()
