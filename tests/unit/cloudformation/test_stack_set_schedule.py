"""What of a stack set's operation may run now."""

import pytest

from serein.services.cloudformation.stacksets.schedule import advance, in_region_order
from serein.services.cloudformation.stacksets.sets import Result


def results(*regions: str, accounts: int = 4) -> list[Result]:
    return [
        Result(number, f"{account}", region, "stack")
        for number, (region, account) in enumerate(
            (region, account) for region in regions for account in range(accounts)
        )
    ]


def states(found: list[Result]) -> str:
    """The first letters of the results' statuses, region by region."""
    return "".join(it.status[0] for it in found)


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        ({}, "RPPP"),
        ({"MaxConcurrentCount": 3}, "RPPP"),
        ({"MaxConcurrentCount": 3, "FailureToleranceCount": 1}, "RRPP"),
        ({"MaxConcurrentCount": 3, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}, "RRRP"),
        ({"MaxConcurrentPercentage": 50, "FailureTolerancePercentage": 100}, "RRPP"),
        ({"MaxConcurrentPercentage": 1}, "RPPP"),
    ],
)
def test_so_many_accounts_run_side_by_side(preferences: dict[str, object], expected: str) -> None:
    found = results("a")
    advance(found, preferences)
    assert states(found) == expected


def test_a_region_waits_for_the_one_before_it_unless_regions_are_parallel() -> None:
    found = results("a", "b", accounts=2)
    advance(found, {"MaxConcurrentCount": 2, "FailureToleranceCount": 1})
    assert states(found) == "RRPP"
    found[0].status = "SUCCEEDED"
    advance(found, {"MaxConcurrentCount": 2, "FailureToleranceCount": 1})
    assert states(found) == "SRPP"
    found[1].status = "SUCCEEDED"
    advance(found, {"MaxConcurrentCount": 2, "FailureToleranceCount": 1})
    assert states(found) == "SSRR"
    found = results("a", "b", accounts=2)
    advance(found, {"RegionConcurrencyType": "PARALLEL"})
    assert states(found) == "RPRP"


def test_failures_lower_the_concurrency_and_then_end_the_operation() -> None:
    preferences = {"MaxConcurrentCount": 2, "FailureToleranceCount": 1}
    found = results("a", "b")
    advance(found, preferences)
    assert states(found) == "RRPPPPPP"
    found[0].status = "FAILED"
    advance(found, preferences)
    assert states(found) == "FRPPPPPP"
    found[1].status = "SUCCEEDED"
    advance(found, preferences)
    assert states(found) == "FSRPPPPP"
    found[2].status = "FAILED"
    assert advance(found, preferences) == []
    assert states(found) == "FSFCCCCC"


def test_a_parallel_region_that_fails_does_not_end_the_others() -> None:
    preferences = {"RegionConcurrencyType": "PARALLEL"}
    found = results("a", "b", accounts=2)
    advance(found, preferences)
    found[0].status = "FAILED"
    advance(found, preferences)
    assert states(found) == "FCRP"


def test_regions_without_a_wanted_place_come_last() -> None:
    assert in_region_order({"RegionOrder": ["c", "x"]}, ["a", "b", "c", "a"]) == ["c", "a", "b"]
