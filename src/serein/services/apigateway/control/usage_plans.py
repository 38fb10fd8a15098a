"""Usage plans: which stages their keys may use, how fast, and how much."""

import datetime
from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException, NotFoundException

Settings = dict[str, Any]
_PERIODS = ("DAY", "WEEK", "MONTH")
_LONGEST_OFFSETS = {"DAY": 0, "WEEK": 6, "MONTH": 27}


def new_plan(request: Settings) -> Settings:
    """The UsagePlan that CreateUsagePlan makes. Raises BadRequestException."""
    if not request["name"].strip():
        raise BadRequestException("Usage Plan name cannot be blank")
    plan: Settings = {"id": random_lower(6), "name": request["name"]}
    if request.get("description"):
        plan["description"] = request["description"]
    plan["apiStages"] = [dict(stage) for stage in request.get("apiStages") or ()]
    for name in ("throttle", "quota", "tags"):
        if request.get(name):
            plan[name] = dict(request[name])
    require_plan(plan)
    return plan


def require_plan(plan: Settings) -> None:
    """Fill in what a throttle and a quota leave open. Raises BadRequestException for limits that can't be."""
    stages = [(stage.get("apiId"), stage.get("stage")) for stage in plan["apiStages"]]
    for api_id, stage in stages:
        if not api_id or not stage:
            raise BadRequestException("Usage plan API stages need an apiId and a stage")
    if len(set(stages)) < len(stages):
        raise BadRequestException("API stages of a usage plan must be unique")
    if "throttle" in plan:
        plan["throttle"] = {"burstLimit": 0, "rateLimit": 0.0, **plan["throttle"]}
        _require_throttle(plan["throttle"])
    for stage in plan["apiStages"]:
        for throttle in stage.get("throttle", {}).values():
            _require_throttle(throttle)
    if "quota" in plan:
        _require_quota(plan)


def _require_throttle(throttle: Settings) -> None:
    if throttle.get("burstLimit", 0) < 0 or throttle.get("rateLimit", 0) < 0:
        raise BadRequestException("Usage Plan throttle settings must not be negative")


def _require_quota(plan: Settings) -> None:
    quota = plan["quota"] = {"offset": 0, **plan["quota"]}
    if quota.get("limit") is None or quota["limit"] < 1:
        raise BadRequestException("Usage Plan quota limit must be greater than 0")
    if quota.get("period") not in _PERIODS:
        raise BadRequestException(f"Usage Plan quota period must be one of: [{', '.join(_PERIODS)}]")
    if not 0 <= quota["offset"] <= _LONGEST_OFFSETS[quota["period"]]:
        raise BadRequestException(
            f"Usage Plan quota offset must be between 0 and {_LONGEST_OFFSETS[quota['period']]} for {quota['period']}"
        )


def patch_plan(plan: Settings, patch: Patch) -> None:
    """Change a UsagePlan, which is checked when all is changed. Raises BadRequest-, NotFoundException."""
    member = patch.parts[0]
    if member == "apiStages":
        _patch_stages(plan, patch)
    elif member in ("throttle", "quota"):
        _patch_limits(plan, member, patch)
    elif len(patch.parts) > 1 or member not in ("name", "description", "productCode"):
        raise patch.refused()
    else:
        patch.require_op("replace", "remove")
        if patch.value and patch.op == "replace":
            plan[member] = patch.value
        elif member == "name":
            raise BadRequestException("Usage Plan name cannot be blank")
        else:
            plan.pop(member, None)


def _patch_limits(plan: Settings, member: str, patch: Patch) -> None:
    patch.require_op("add", "replace", "remove")
    if len(patch.parts) == 1:
        if patch.op != "remove":
            raise patch.refused()
        plan.pop(member, None)
        return
    name = patch.parts[1]
    if name not in (("burstLimit", "rateLimit") if member == "throttle" else ("limit", "offset", "period")):
        raise patch.refused()
    limits = plan.setdefault(member, {})
    if patch.op == "remove":
        limits.pop(name, None)
    else:
        limits[name] = _limit(name, patch)


def _limit(name: str, patch: Patch) -> Any:
    if name == "period":
        return patch.text.upper()
    try:
        return float(patch.text) if name == "rateLimit" else int(patch.text)
    except ValueError:
        raise BadRequestException(f"Invalid value for {patch.path}: {patch.value}") from None


def _patch_stages(plan: Settings, patch: Patch) -> None:
    """`/apiStages` with `apiId:stage`, or `/apiStages/{apiId:stage}/throttle/{path}/{VERB}/rateLimit`."""
    if len(patch.parts) == 1:
        patch.require_op("add", "remove")
        api_id, colon, stage = patch.text.partition(":")
        if not colon or not api_id or not stage:
            raise BadRequestException(f"Invalid API Stage format: {patch.text}. Must be apiId:stage")
        others = [found for found in plan["apiStages"] if (found["apiId"], found["stage"]) != (api_id, stage)]
        if patch.op == "remove" and len(others) == len(plan["apiStages"]):
            raise NotFoundException("Invalid API Stage specified")
        plan["apiStages"] = [*others, {"apiId": api_id, "stage": stage}] if patch.op == "add" else others
        return
    found = next((one for one in plan["apiStages"] if f"{one['apiId']}:{one['stage']}" == patch.parts[1]), None)
    if found is None:
        raise NotFoundException("Invalid API Stage specified")
    rest = patch.parts[2:]
    if rest[:1] != ("throttle",):
        raise patch.refused()
    _patch_throttle(found, list(rest[1:]), patch)


def _patch_throttle(stage: Settings, rest: list[str], patch: Patch) -> None:
    patch.require_op("add", "replace", "remove")
    throttles = dict(stage.get("throttle", {}))
    name = rest.pop() if rest and rest[-1] in ("rateLimit", "burstLimit") else ""
    method = "/".join(rest)
    if patch.op == "remove":
        throttles.pop(method, None)
        if not method:
            throttles = {}
    elif not name or not method:
        raise patch.refused()
    else:
        throttles[method] = {"burstLimit": 0, "rateLimit": 0.0, **throttles.get(method, {}), name: _limit(name, patch)}
    stage["throttle"] = throttles
    if not throttles:
        del stage["throttle"]


def period_of(quota: Settings, day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of a quota's period that has a day; weeks begin on Sundays."""
    if quota["period"] == "DAY":
        return day, day
    if quota["period"] == "WEEK":
        first = day - datetime.timedelta(days=(day.weekday() + 1) % 7)
        return first, first + datetime.timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)


def usage_by_day(
    quota: Settings | None, rows: list[tuple[str, int, int]], first: datetime.date, last: datetime.date
) -> list[list[int]]:
    """`[used, remaining]` for each day; `rows` are day, used and granted, from the beginning of the first's period."""
    by_day = {day: (used, granted) for day, used, granted in rows}
    shown = []
    day = first
    while day <= last:
        used = by_day.get(day.isoformat(), (0, 0))[0]
        shown.append([used, remaining_on(quota, by_day, day)])
        day += datetime.timedelta(days=1)
    return shown


def remaining_on(quota: Settings | None, by_day: dict[str, tuple[int, int]], day: datetime.date) -> int:
    """What is left of a quota after a day; AWS says the largest number when there is no quota."""
    if quota is None:
        return 2**63 - 1
    first, last = period_of(quota, day)
    inside = {text: counts for text, counts in by_day.items() if first.isoformat() <= text <= last.isoformat()}
    used = sum(counts[0] for text, counts in inside.items() if text <= day.isoformat())
    granted = sum(counts[1] for counts in inside.values())
    return max(0, int(quota["limit"]) + granted - used)
