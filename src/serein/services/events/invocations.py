"""The calls that targets are, by the service of their ARN."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.event_paths import ABSENT, value_at
from serein.kernel.scope import Scope
from serein.kernel.targets import STARTED_BEFORE, execution_name, find_call
from serein.services.events.access import caller_for, sender_of
from serein.services.events.destinations import call_api_destination, call_api_gateway
from serein.services.events.errors import DeliveryFailed

_LONGEST_TRACE_HEADER = 256
Owed = dict[str, Any]
"""The request of DeliverEvent."""


async def call_target(call: Call, owed: Owed, text: str) -> None:
    """Call the target with its input. Raises DeliveryFailed, or the error of the service."""
    arn = find_arn(owed["Target"]["Arn"])
    caller = _CALLERS.get(arn.service) if arn is not None else None
    if arn is None or caller is None:
        name = arn.service if arn is not None else owed["Target"]["Arn"]
        raise DeliveryFailed("SDK_CLIENT_ERROR", f"Serein has no targets of {name} yet", is_retriable=False)
    await caller(call, arn, owed, text)


async def _call(call: Call, owed: Owed, service: str, operation: str, request: dict[str, Any], scope: Scope) -> None:
    """Call a service whose resources have policies."""
    caller = caller_for(owed, scope)
    await call.platform.call(service, operation, request, scope=scope, caller=caller, trace_id=call.trace_id)


async def _hand_over(call: Call, arn: Arn, owed: Owed, text: str) -> None:
    """Give the text to a target that takes one as it is."""
    if arn.service in ("lambda", "states") and "InputTransformer" in owed["Target"]:
        _require_json(text)
    made = find_call(call.platform.limits.endpoint, arn, text, _MEMBERS[arn.service](arn, owed))
    assert made is not None, "these targets take texts"
    try:
        await _call(call, owed, made.service, made.operation, made.request, arn.scope)
    except AwsError as error:
        if error.code != STARTED_BEFORE:
            raise


def _of_message(arn: Arn, owed: Owed) -> dict[str, Any]:
    members: dict[str, Any] = {}
    group = (owed["Target"].get("SqsParameters") or {}).get("MessageGroupId")
    if group:
        members["MessageGroupId"] = group
    if owed.get("TraceHeader"):
        header = {"DataType": "String", "StringValue": owed["TraceHeader"]}
        members["MessageSystemAttributes"] = {"AWSTraceHeader": header}
    return members


def _of_publication(arn: Arn, owed: Owed) -> dict[str, Any]:
    if not arn.resource.endswith(".fifo"):
        return {}
    return {"MessageGroupId": (owed["Target"].get("SqsParameters") or {}).get("MessageGroupId", "default")}


def _of_record(arn: Arn, owed: Owed) -> dict[str, Any]:
    """AWS: without a path, and where it finds nothing, the partition key is the id of the event."""
    event = msgspec.json.decode(owed["Event"])
    path = (owed["Target"].get("KinesisParameters") or {}).get("PartitionKeyPath")
    found = value_at(path, event) if path else ABSENT
    key = found if isinstance(found, str) else event["id"] if found is ABSENT else msgspec.json.encode(found).decode()
    return {"PartitionKey": key[:256]}


def _of_execution(arn: Arn, owed: Owed) -> dict[str, Any]:
    """The name makes an execution that is started twice the same one; a replay of the event starts another."""
    event = msgspec.json.decode(owed["Event"])
    members = {"name": execution_name(event["id"], owed["Rule"], owed["Target"]["Id"], owed["Event"])}
    header = owed.get("TraceHeader", "")
    return members | {"traceHeader": header} if 0 < len(header) <= _LONGEST_TRACE_HEADER else members


_MEMBERS: dict[str, Callable[[Arn, Owed], dict[str, Any]]] = {
    "lambda": lambda arn, owed: {},
    "sqs": _of_message,
    "sns": _of_publication,
    "kinesis": _of_record,
    "firehose": lambda arn, owed: {},
    "states": _of_execution,
}
"""What the requests to targets have besides the text."""


async def _append_line(call: Call, arn: Arn, owed: Owed, text: str) -> None:
    """AWS: a transformed input is an object with a time in milliseconds and a message.

    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html)
    """
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    found = await call.to("logs", "DescribeLogGroups", {"logGroupNamePrefix": group}, arn.scope)
    if not any(each["logGroupName"] == group for each in found.get("logGroups", ())):
        raise DeliveryFailed("NO_RESOURCE", f"The log group {group} does not exist.", is_retriable=False)
    event = msgspec.json.decode(owed["Event"])
    moment, line = call.now, text
    if "InputTransformer" in owed["Target"]:
        _require_json(text)
        given = msgspec.json.decode(text)
        if not isinstance(given, dict) or not isinstance(given.get("message"), str):
            raise DeliveryFailed("INVALID_JSON", "The input needs a timestamp and a message.", is_retriable=False)
        line = given["message"]
        if isinstance(given.get("timestamp"), int | float):
            moment = given["timestamp"] / 1000
    # AWS: each event has a stream of its own.
    request = {"logGroupName": group, "logStreamName": event["id"], "lines": [[moment, line]]}
    await call.to("logs", "AppendLines", request, arn.scope)


async def _put_on_bus_or_call(call: Call, arn: Arn, owed: Owed, text: str) -> None:
    if arn.resource.startswith("api-destination/"):
        await call_api_destination(call, arn, owed, text)
        return
    here = f"{call.scope.account} {call.scope.region}"
    hops = [*owed.get("Hops", ()), here]
    accounts = {hop.split()[0] for hop in hops} | {arn.account}
    regions = {hop.split()[1] for hop in hops} | {arn.region}
    if len(accounts) > 2:
        raise DeliveryFailed(
            "THIRD_ACCOUNT_HOP_DETECTED", "Events are not sent on to a third account.", is_retriable=False
        )
    if len(regions) > 2:
        raise DeliveryFailed(
            "THIRD_REGION_HOP_DETECTED", "Events are not sent on to a third Region.", is_retriable=False
        )
    request = {"EventBusArn": str(arn), "Event": owed["Event"], "Hops": hops}
    if owed.get("TraceHeader"):
        request["TraceHeader"] = owed["TraceHeader"]
    caller = sender_of(owed)
    await call.platform.call("events", "RouteEvent", request, scope=arn.scope, caller=caller, trace_id=call.trace_id)


async def _call_api(call: Call, arn: Arn, owed: Owed, text: str) -> None:
    await call_api_gateway(call, arn, owed, text)


async def _discover(call: Call, arn: Arn, owed: Owed, text: str) -> None:
    """AWS: schemas are inferred from the event as it came, whatever its rule makes of it."""
    request = {"DiscovererId": arn.resource.removeprefix("discoverer/"), "Event": owed["Event"]}
    await call.to("schemas", "DiscoverEvent", request, arn.scope)


def _require_json(text: str) -> None:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise DeliveryFailed("INVALID_JSON", f"The input is not JSON: {error}", is_retriable=False) from None


_CALLERS: dict[str, Callable[[Call, Arn, Owed, str], Awaitable[None]]] = {
    **dict.fromkeys(_MEMBERS, _hand_over),
    "logs": _append_line,
    "events": _put_on_bus_or_call,
    "execute-api": _call_api,
    "schemas": _discover,
}
