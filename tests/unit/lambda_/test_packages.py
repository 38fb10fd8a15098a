"""Deployment packages: what is accepted, and how they are unpacked."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from serein.services.lambda_.errors import InvalidParameterValueException, RequestEntityTooLargeException
from serein.services.lambda_.packages import MAXIMUM_ZIPPED_BYTES, check_package, unpack


def zipped(*entries: tuple[str, bytes, int]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, data)
    return content.getvalue()


def unpacked(tmp_path: Path, content: bytes) -> Path:
    source = tmp_path / "package.zip"
    source.write_bytes(content)
    folder = tmp_path / "lambda" / "hash"
    unpack(source, folder)
    return folder


def test_files_keep_their_modes_and_are_readable(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, zipped(("bin/run", b"#!", 0o100700), ("a.py", b"x", 0)))
    assert stat.S_IMODE((folder / "bin/run").stat().st_mode) == 0o744
    assert stat.S_IMODE((folder / "a.py").stat().st_mode) == 0o644


def test_links_within_the_package_are_kept(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, zipped(("lib/a", b"x", 0o100644), ("b", b"lib/a", stat.S_IFLNK | 0o777)))
    assert (folder / "b").read_bytes() == b"x"
    assert (folder / "b").is_symlink()


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../../x", b"lib/../../x"])
def test_links_out_of_the_package_are_refused(tmp_path: Path, target: bytes) -> None:
    with pytest.raises(InvalidParameterValueException):
        unpacked(tmp_path, zipped(("b", target, stat.S_IFLNK | 0o777)))
    assert list((tmp_path / "lambda").iterdir()) == []


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a\\..\\b"])
def test_names_that_climb_out_are_refused(name: str) -> None:
    with pytest.raises(InvalidParameterValueException, match="Could not unzip"):
        check_package(zipped((name, b"x", 0o100644)), is_direct=True)


@pytest.mark.parametrize("content", [b"", b"PK", zipped()])
def test_what_is_no_package_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidParameterValueException):
        check_package(content, is_direct=True)


def test_a_package_that_unpacks_to_too_much_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as file:
        for _ in range(251):
            file.write(bytes(1024 * 1024))
    with pytest.raises(InvalidParameterValueException, match="Unzipped size must be smaller than 262144000 bytes"):
        check_package(content.getvalue(), is_direct=True)


def test_a_package_that_is_too_large_to_upload_is_refused() -> None:
    with pytest.raises(RequestEntityTooLargeException):
        check_package(bytes(MAXIMUM_ZIPPED_BYTES + 1), is_direct=True)


def test_unpacking_twice_does_nothing(tmp_path: Path) -> None:
    content = zipped(("a", b"x", 0o100644))
    folder = unpacked(tmp_path, content)
    (folder / "mark").touch()
    assert unpacked(tmp_path, content) == folder
    assert (folder / "mark").exists()


def test_files_that_the_folder_before_has_become_links_to_its_own(tmp_path: Path) -> None:
    large, other = b"x" * 5000, b"y" * 5000
    before = unpacked(
        tmp_path, zipped(("same", large, 0o100644), ("app.py", b"old", 0o100644), ("mode", large, 0o100644))
    )
    entries = [("same", large, 0o100644), ("app.py", b"new", 0o100644), ("mode", large, 0o100755)]
    source, after = tmp_path / "next.zip", tmp_path / "lambda" / "next"
    source.write_bytes(zipped(*entries, ("in/new", other, 0o100644)))
    unpack(source, after, before)
    assert (after / "same").samefile(before / "same")
    assert [(after / name).read_bytes() for name in ("same", "app.py", "mode", "in/new")] == [
        large,
        b"new",
        large,
        other,
    ]
    assert (before / "app.py").read_bytes() == b"old"
    assert stat.S_IMODE((after / "mode").stat().st_mode) == 0o755
    assert stat.S_IMODE((before / "mode").stat().st_mode) == 0o644


def test_files_of_the_same_size_with_other_content_are_written(tmp_path: Path) -> None:
    before = unpacked(tmp_path, zipped(("a", b"x" * 5000, 0o100644)))
    source, after = tmp_path / "next.zip", tmp_path / "lambda" / "next"
    source.write_bytes(zipped(("a", b"z" * 5000, 0o100644)))
    unpack(source, after, before)
    assert (after / "a").read_bytes() == b"z" * 5000
    assert (before / "a").read_bytes() == b"x" * 5000


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_leaves_the_folder_before_alone(tmp_path: Path) -> None:
    before = unpacked(tmp_path, zipped(("a", b"x" * 5000, 0o100644)))
    source, after = tmp_path / "next.zip", tmp_path / "lambda" / "next"
    source.write_bytes(zipped(("a", b"x" * 5000, 0o100644), ("a", b"y" * 5000, 0o100644)))
    unpack(source, after, before)
    assert (after / "a").read_bytes() == b"y" * 5000
    assert (before / "a").read_bytes() == b"x" * 5000
