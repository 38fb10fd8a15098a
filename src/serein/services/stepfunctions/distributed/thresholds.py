"""When a map run has failed too often.

AWS: more failed items than tolerated, or a larger share of all items, fail the run; what isn't set isn't asked, and
where neither is set none may fail.
https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html
"""

EXCEEDED = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"


def is_exceeded(failed: int, total: int | None, count: int | None, percentage: float | None) -> bool:
    """Whether `failed` items (timed out ones included) are too many. `total` is None while it isn't known."""
    if not failed:
        return False
    if count is None and percentage is None:
        return True
    if count is not None and failed > count:
        return True
    if percentage is None or total is None:
        # Why not asked while items are still counted: the share can only become smaller.
        return False
    return failed * 100 > percentage * total
