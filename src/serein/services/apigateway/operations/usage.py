"""What keys used of their plans: GetUsage and UpdateUsage."""

import datetime
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.control.usage_plans import period_of, usage_by_day
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.plans import require_plan, require_plan_key
from serein.services.apigateway.store import keys

_LONGEST_DAYS = 90


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise BadRequestException(f"Invalid date: {text}. Dates must be in yyyy-MM-dd format") from None


def _used(
    tx: Transaction, plan: dict[str, Any], key_id: str, first: datetime.date, last: datetime.date
) -> list[list[int]]:
    quota = plan.get("quota")
    begin, end = (period_of(quota, first)[0], period_of(quota, last)[1]) if quota else (first, last)
    rows = keys.usage_between(tx, plan["id"], key_id, begin.isoformat(), end.isoformat())
    return usage_by_day(quota, rows, first, last)


@operation("GetUsage")
@checked
async def get_usage(call: Call, request: Request) -> Reply:
    """`[used, remaining]` for each day. Raises NotFound-, BadRequestException."""
    first, last = _day(request["startDate"]), _day(request["endDate"])
    if last < first or (last - first).days > _LONGEST_DAYS:
        raise BadRequestException(f"The date range must be of at most {_LONGEST_DAYS} days, and end after its start")

    def read(tx: Transaction) -> Reply:
        plan = require_plan(tx, call.scope, request["usagePlanId"])
        if request.get("keyId"):
            found = [require_plan_key(tx, call.scope, plan["id"], request["keyId"])]
        else:
            found = keys.keys_of_plan(tx, call.scope, plan["id"])
        page = page_of(found, lambda key: key["id"], request)
        reply: Reply = {
            "usagePlanId": plan["id"],
            "startDate": request["startDate"],
            "endDate": request["endDate"],
            "items": {key["id"]: _used(tx, plan, key["id"], first, last) for key in page["items"]},
        }
        if "position" in page:
            reply["position"] = page["position"]
        return reply

    return await call.read(read)


@operation("UpdateUsage")
@checked
async def update_usage(call: Call, request: Request) -> Reply:
    """Grant a key more or less of its quota for the present period. Raises NotFound-, BadRequestException."""
    patches = parse_patches(request)

    def write(tx: Transaction) -> Reply:
        plan = require_plan(tx, call.scope, request["usagePlanId"])
        key = require_plan_key(tx, call.scope, plan["id"], request["keyId"])
        quota = plan.get("quota")
        if quota is None:
            raise BadRequestException("Usage Plan has no quota")
        today = datetime.datetime.fromtimestamp(tx.now, datetime.UTC).date()
        for patch in patches:
            if patch.parts != ("remaining",):
                raise patch.refused()
            patch.require_op("replace")
            if not patch.text.isdecimal():
                raise BadRequestException(f"Invalid value for remaining: {patch.value}")
            begin, end = period_of(quota, today)
            rows = keys.usage_between(tx, plan["id"], key["id"], begin.isoformat(), end.isoformat())
            by_day = {day: (used, granted) for day, used, granted in rows}
            # Why not what remains: that never falls below nothing, while what was used may have.
            left = quota["limit"] + sum(granted - used for used, granted in by_day.values())
            keys.grant_usage(tx, plan["id"], key["id"], today.isoformat(), int(patch.text) - left)
        return {
            "usagePlanId": plan["id"],
            "startDate": today.isoformat(),
            "endDate": today.isoformat(),
            "items": {key["id"]: _used(tx, plan, key["id"], today, today)},
        }

    return await call.write(write)
