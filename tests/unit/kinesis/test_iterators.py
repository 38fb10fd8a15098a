"""Shard iterators: what they say, for how long, and what is not one."""

import base64

import pytest

from serein.services.kinesis.errors import ExpiredIteratorException, InvalidArgumentException
from serein.services.kinesis.iterators import ShardIterator, iterator_text, parse_iterator

ITERATOR = ShardIterator((1 << 63) - 1, 2_147_483_647, (1 << 63) - 1)


def test_an_iterator_says_what_it_was_given() -> None:
    assert parse_iterator(iterator_text(ITERATOR, 1000.0), 1000.5) == ITERATOR


def test_an_iterator_is_as_long_as_those_of_aws() -> None:
    assert 200 < len(iterator_text(ITERATOR, 1000.0)) <= 256


def test_an_iterator_is_good_for_five_minutes() -> None:
    text = iterator_text(ITERATOR, 1_421_889_722.0)
    assert parse_iterator(text, 1_421_890_022.0) == ITERATOR
    with pytest.raises(ExpiredIteratorException) as expired:
        parse_iterator(text, 1_421_890_022.5)
    assert expired.value.message == (
        "Iterator expired. The iterator was created at time Thu Jan 22 01:22:02 UTC 2015 while right now it is "
        "Thu Jan 22 01:27:02 UTC 2015 which is further in the future than the tolerated delay of 300000 milliseconds."
    )


def test_what_is_not_an_iterator_is_refused() -> None:
    text = iterator_text(ITERATOR, 1000.0)
    content = bytearray(base64.b64decode(text))
    content[20] ^= 1
    for wrong in ("x", "AAAA", text[:-4], "é", base64.b64encode(content).decode(), text + "AAAA"):
        with pytest.raises(InvalidArgumentException, match=r"^Invalid ShardIterator\.$"):
            parse_iterator(wrong, 1000.0)
