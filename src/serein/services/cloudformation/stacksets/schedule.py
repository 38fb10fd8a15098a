"""What of a stack set's operation may run now: regions in their order, accounts side by side, failures up to a limit.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
"""

from typing import Any

from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.stacksets.sets import Result

_CANCELLED = "Cancelled since failure tolerance has exceeded"


def check_preferences(preferences: dict[str, Any], regions: list[str]) -> None:
    """Raise ValidationError unless the preferences go together."""
    for count, percentage in (
        ("FailureToleranceCount", "FailureTolerancePercentage"),
        ("MaxConcurrentCount", "MaxConcurrentPercentage"),
    ):
        if count in preferences and percentage in preferences:
            raise ValidationError(f"Only one of {count} and {percentage} can be specified")
    unknown = sorted(set(preferences.get("RegionOrder", [])) - set(regions))
    if unknown:
        raise ValidationError(f"Region order contains regions that are not targets of the operation: {unknown}")


def in_region_order(preferences: dict[str, Any], regions: list[str]) -> list[str]:
    """Regions with a wanted place first, the others as given."""
    first = [region for region in preferences.get("RegionOrder", []) if region in regions]
    return [*first, *(region for region in dict.fromkeys(regions) if region not in first)]


def advance(results: list[Result], preferences: dict[str, Any]) -> list[Result]:
    """Cancel what mustn't run any more, and choose what is to start now; both are marked."""
    regions: dict[str, list[Result]] = {}
    for result in results:
        regions.setdefault(result.region, []).append(result)
    started: list[Result] = []
    is_parallel = preferences.get("RegionConcurrencyType") == "PARALLEL"
    is_exceeded = False
    for members in regions.values():
        if is_exceeded:
            cancel(members, _CANCELLED)
            continue
        if exceeds_tolerance(members, preferences):
            cancel(members, _CANCELLED)
            is_exceeded = not is_parallel
            continue
        started += _startable(members, preferences)
        if not is_parallel and not all(result.is_over for result in members):
            break
    for result in started:
        result.status = "RUNNING"
    return started


def cancel(results: list[Result], reason: str) -> None:
    """Cancel what hasn't started."""
    for result in results:
        if result.status == "PENDING":
            result.status, result.reason = "CANCELLED", reason


def exceeds_tolerance(members: list[Result], preferences: dict[str, Any]) -> bool:
    """Whether more of a region's accounts failed than may."""
    return _failures(members) > _tolerance(members, preferences)


def _startable(members: list[Result], preferences: dict[str, Any]) -> list[Result]:
    running = sum(result.status == "RUNNING" for result in members)
    room = _concurrency(members, preferences) - running
    waiting = [result for result in members if result.status == "PENDING"]
    return waiting[: max(0, room)]


def _failures(members: list[Result]) -> int:
    return sum(result.status == "FAILED" for result in members)


def _tolerance(members: list[Result], preferences: dict[str, Any]) -> int:
    if "FailureTolerancePercentage" in preferences:
        return int(len(members) * preferences["FailureTolerancePercentage"] / 100)
    return int(preferences.get("FailureToleranceCount", 0))


def _concurrency(members: list[Result], preferences: dict[str, Any]) -> int:
    if "MaxConcurrentPercentage" in preferences:
        # AWS: a share is rounded down, but never to none.
        most = max(1, int(len(members) * preferences["MaxConcurrentPercentage"] / 100))
    else:
        most = int(preferences.get("MaxConcurrentCount", 1))
    if preferences.get("ConcurrencyMode") == "SOFT_FAILURE_TOLERANCE":
        return most
    return min(most, _tolerance(members, preferences) + 1 - _failures(members))
