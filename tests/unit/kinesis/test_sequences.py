"""Sequence numbers and names of shards, in AWS's forms."""

import pytest

from serein.services.kinesis.sequences import LAST_INDEX, find_sequence, sequence_number
from serein.services.kinesis.shards import find_number, shard_name

CREATED = 1_795_241_172


def test_a_sequence_number_has_56_digits_and_begins_as_on_aws() -> None:
    number = sequence_number(CREATED, 3, 17, CREATED + 5)
    assert len(number) == 56
    assert number.startswith("49")


def test_a_sequence_number_of_aws_is_read() -> None:
    # From AWS's documentation of PutRecord and GetRecords.
    found = find_sequence("49543463076548007577105092703039560359975228518395019266")
    assert found is not None
    assert found.shard == 0
    assert find_sequence("21269319989900637946712965403778482371") is None


def test_a_sequence_number_tells_what_it_was_made_of() -> None:
    assert find_sequence(sequence_number(CREATED, 1234, 99, CREATED + 1)) == (CREATED, 1234, 99)
    assert find_sequence(sequence_number(CREATED, 0, LAST_INDEX, CREATED)) == (CREATED, 0, LAST_INDEX)


def test_numbers_grow_with_the_index_whatever_the_time() -> None:
    numbers = [int(sequence_number(CREATED, 7, index, CREATED + 100 - index)) for index in range(50)]
    assert numbers == sorted(set(numbers))


def test_a_child_created_later_has_greater_numbers_whatever_its_place() -> None:
    end = int(sequence_number(CREATED, 15, LAST_INDEX, CREATED + 10_000))
    assert int(sequence_number(CREATED + 1, 16, 0, CREATED + 1)) > end


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "5",
        "-1",
        "x" * 56,
        "4" * 56,
        "9" * 56,
        "9" * 129,
        str(int("2" + "0" * 10 + "8" + "0" * 34 + "2", 16)),
        str(int("2" + "0" * 45 + "1", 16)),
        str(int("3" + "0" * 45 + "2", 16)),
        "٤" * 56,
    ],
)
def test_what_no_shard_gives_is_not_a_sequence_number(text: str) -> None:
    assert find_sequence(text) is None


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("shardId-000000000000", 0),
        ("shardId-5", 5),
        ("shard-2", 2),
        ("5", 5),
        ("a-00002147483647", 2147483647),
        ("-00002147483647", 2147483647),
        ("2147483648", None),
        ("shardId-002147483648", None),
        ("ABKLFD8", None),
        ("2.14E4", None),
    ],
)
def test_a_shard_is_named_in_several_ways(name: str, number: int | None) -> None:
    assert find_number(name) == number


def test_a_shard_has_twelve_digits() -> None:
    assert shard_name(42) == "shardId-000000000042"
