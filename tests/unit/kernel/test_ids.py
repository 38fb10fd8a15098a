"""Identifiers are in AWS's forms, and made of what they are said to be drawn from."""

from uuid import RFC_4122, UUID

import pytest

from serein.kernel.ids import drawing_from, new_request_id, new_uuid, new_uuids


@pytest.mark.parametrize("count", [0, 1, 2, 10])
def test_uuids_are_random_ones_in_the_canonical_form(count: int) -> None:
    made = [*new_uuids(count), new_uuid()]
    assert len(set(made)) == count + 1
    for text in made:
        parsed = UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 4, RFC_4122)


@pytest.mark.parametrize("byte", [b"\x00", b"\xff", b"\x5a"])
def test_a_uuid_is_the_same_whether_it_is_drawn_alone_or_with_others(byte: bytes) -> None:
    with drawing_from(lambda size: byte * size):
        assert new_uuids(3) == [new_uuid()] * 3


def test_request_ids_are_uuids() -> None:
    made = {new_request_id() for _ in range(100)}
    assert len(made) == 100
    assert all(UUID(text).version == 4 for text in made)
