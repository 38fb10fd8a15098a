"""DescribeAccountSettings and UpdateAccountSettings: an account's commitment to a minimum of throughput."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.modes import DAY_SECONDS
from serein.services.kinesis.store import accounts
from serein.services.kinesis.store.accounts import Commitment

_LEAST_SECONDS = DAY_SECONDS
"""AWS: a commitment can be ended after 24 hours at the earliest."""


@operation("DescribeAccountSettings")
async def describe_account_settings(call: Call, request: Request) -> Reply:
    scope = call.scope
    return _shown(await call.read(lambda tx: accounts.find_commitment(tx, scope)))


@operation("UpdateAccountSettings", stored=("MinimumThroughputBillingCommitment",))
async def update_account_settings(call: Call, request: Request) -> Reply:
    scope = call.scope
    wanted = request["MinimumThroughputBillingCommitment"]["Status"]

    def write(tx: Transaction) -> Commitment:
        before = accounts.find_commitment(tx, scope)
        if before.status == wanted:
            return before
        after = Commitment("ENABLED", tx.now) if wanted == "ENABLED" else _ended(before, tx.now)
        accounts.put_commitment(tx, scope, after)
        return after

    return _shown(await call.write(write))


def _ended(before: Commitment, now: float) -> Commitment:
    started_at = before.started_at or now
    if now < started_at + _LEAST_SECONDS:
        raise InvalidArgumentException(
            "MinimumThroughputBillingCommitment can't be disabled within 24 hours after it was enabled."
        )
    return Commitment("DISABLED", started_at, now)


def _shown(commitment: Commitment) -> Reply:
    shown: dict[str, Any] = {"Status": commitment.status}
    if commitment.started_at is not None:
        shown["StartedAt"] = commitment.started_at
    if commitment.ended_at is not None:
        shown["EndedAt"] = commitment.ended_at
    if commitment.status == "ENABLED" and commitment.started_at is not None:
        shown["EarliestAllowedEndAt"] = commitment.started_at + _LEAST_SECONDS
    return {"MinimumThroughputBillingCommitment": shown}
