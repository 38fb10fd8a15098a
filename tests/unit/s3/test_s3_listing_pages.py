"""Pages of listings, against a plain sort."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serein.services.s3.errors import InvalidArgument
from serein.services.s3.listing import Cut, Page, Spelling, page_of, require_limit, successor


@dataclass(frozen=True)
class Entry:
    key: str
    number: int = 0


def pages_of(entries: list[Entry], prefix: str, delimiter: str, limit: int) -> tuple[list[Entry], list[str], int]:
    """Everything that paging through a listing gives, and how many look-ups it took."""
    ordered = sorted(entries, key=lambda entry: (entry.key.encode(), entry.number))
    seeks = 0

    def seek(start: bytes, end: bytes | None, count: int) -> list[Entry]:
        nonlocal seeks
        seeks += 1
        inside = [e for e in ordered if e.key.encode() >= start and (end is None or e.key.encode() < end)]
        return inside[:count]

    def remainder(last: Entry, count: int) -> list[Entry]:
        return [entry for entry in ordered if entry.key == last.key and entry.number > last.number][:count]

    found: list[Entry] = []
    prefixes: list[str] = []
    after, rest = "", []
    while True:
        page: Page[Entry] = page_of(seek, Cut(prefix, delimiter, after, limit), rest=rest, remainder=remainder)
        assert len(page.entries) + len(page.prefixes) <= limit
        found += page.entries
        prefixes += page.prefixes
        if not page.is_truncated:
            return found, prefixes, seeks
        ends_in_entry = bool(page.entries) and page.entries[-1].key == page.last
        after, rest = page.last, remainder(page.entries[-1], limit + 1) if ends_in_entry else []


KEYS = st.text(alphabet="ab/é", min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(KEYS, st.integers(0, 3)), max_size=40, unique=True),
    st.sampled_from(["", "a", "a/", "é"]),
    st.sampled_from(["", "/", "b"]),
    st.integers(1, 6),
)
def test_paging_gives_every_key_once_and_every_folder_once(pairs, prefix, delimiter, limit) -> None:
    entries = [Entry(*pair) for pair in pairs]
    found, prefixes, _ = pages_of(entries, prefix, delimiter, limit)
    expected: list[Entry] = []
    folders: list[str] = []
    for entry in sorted(entries, key=lambda entry: (entry.key.encode(), entry.number)):
        if not entry.key.startswith(prefix):
            continue
        at = entry.key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0:
            expected.append(entry)
        elif (folder := entry.key[: at + len(delimiter)]) not in folders:
            folders.append(folder)
    assert found == expected
    assert prefixes == folders


def test_a_folder_costs_one_look_up_however_much_is_in_it() -> None:
    entries = [Entry(f"{folder}/{number:05}") for folder in "abcd" for number in range(2000)]
    _, prefixes, seeks = pages_of(entries, "", "/", 1000)
    assert prefixes == ["a/", "b/", "c/", "d/"]
    assert seeks <= 5


def test_the_successor_of_a_prefix_is_behind_all_that_begins_with_it() -> None:
    assert successor(b"ab") == b"ac"
    assert successor(b"a\xff") == b"b"
    assert successor(b"\xff\xff") is None
    assert successor(b"") is None


def test_limits_and_encodings() -> None:
    assert require_limit(None) == 1000
    assert require_limit(5000) == 1000
    with pytest.raises(InvalidArgument):
        require_limit(-1)
    with pytest.raises(InvalidArgument):
        Spelling("gzip")
    assert Spelling("url")("a b/ü+%") == "a%20b/%C3%BC%2B%25"
    assert Spelling(None)("a b") == "a b"
