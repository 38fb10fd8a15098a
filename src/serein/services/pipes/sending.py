"""Giving events to a target, all of a batch in as few calls as the target allows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from serein.kernel.arn import Arn
from serein.kernel.call import Call
from serein.kernel.targets import queue_url, stream_name
from serein.services.pipes.errors import RunFailed, TransformationFailed
from serein.services.pipes.store import Pipe
from serein.services.pipes.targets import HTTP, kind_of_target
from serein.services.pipes.templates import Rendered, resolve


@dataclass(frozen=True, slots=True)
class Event:
    """One event on its way to a target."""

    value: Any
    """What the source or the enrichment gave."""
    opened: Any
    """The same as paths see it."""
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a batch; a target tells failures by the number of the event or by what it is known by."""

    numbers: frozenset[int] = frozenset()
    identifiers: frozenset[str] = frozenset()
    reply: Any = None


Sender = Callable[[Call, Pipe, Arn, dict[str, Any], list[Event]], Awaitable[Sent]]


async def send(call: Call, pipe: Pipe, arn: Arn, events: list[Event]) -> Sent:
    """Give events to the pipe's target. Raises RunFailed, or the error of the service."""
    kind = kind_of_target(arn)
    if kind is None:
        raise RunFailed(f"{arn} is no target that Serein has")
    if kind.most is not None and len(events) > kind.most:
        # AWS: a pipe does not invoke its target with an array that is larger than the target's batches can be.
        raise RunFailed(f"{len(events)} events are more than the target takes at once: {kind.most}")
    own = pipe.definition.get("TargetParameters", {}).get(kind.member) or {}
    return await (_call_api if kind is HTTP else _SENDERS[arn.service])(call, pipe, arn, own, events)


def array_of(rendered: list[Rendered]) -> bytes:
    """Events as a JSON array. Raises TransformationFailed."""
    return f"[{','.join([_require_json(each) for each in rendered])}]".encode()


def _require_json(rendered: Rendered) -> str:
    if rendered.json is None:
        raise TransformationFailed(f"The transformed event is not valid JSON: {rendered.text[:200]}")
    return rendered.json


async def _invoke(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    payload = array_of([event.rendered for event in events])
    is_waiting = own.get("InvocationType", "REQUEST_RESPONSE") == "REQUEST_RESPONSE"
    request = {"FunctionName": str(arn), "Payload": payload}
    reply = await call.to(
        "lambda", "Invoke", request if is_waiting else request | {"InvocationType": "Event"}, arn.scope
    )
    if not is_waiting:
        return Sent()
    text: bytes = reply["Payload"]
    if reply.get("FunctionError"):
        raise RunFailed(f"The function failed: {text.decode('utf-8', 'replace')[:1000]}", service="lambda", status=200)
    return reported(text)


def reported(text: bytes) -> Sent:
    """What a target's reply reports as failed. Raises RunFailed for a report that it can't be.

    AWS: `{"batchItemFailures": [{"itemIdentifier": messageId or eventID}]}`
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html)
    """
    try:
        reply = msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return Sent()
    failures = reply.get("batchItemFailures") if isinstance(reply, dict) else None
    if failures is None:
        return Sent(reply=reply)
    if not isinstance(failures, list):
        raise RunFailed("batchItemFailures is no list")
    identifiers = [each.get("itemIdentifier") if isinstance(each, dict) else None for each in failures]
    names = frozenset(each for each in identifiers if isinstance(each, str) and each)
    if not names >= set(identifiers):
        raise RunFailed("batchItemFailures has an entry without an itemIdentifier")
    return Sent(identifiers=names, reply=reply)


async def _send_messages(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    members = [name for name in ("MessageGroupId", "MessageDeduplicationId") if own.get(name)]
    entries = [
        {
            "Id": str(number),
            "MessageBody": event.rendered.text,
            **{name: resolve(own[name], event.opened) for name in members},
        }
        for number, event in enumerate(events)
    ]
    url = queue_url(call.platform.limits.endpoint, arn)
    reply = await call.to("sqs", "SendMessageBatch", {"QueueUrl": url, "Entries": entries}, arn.scope)
    return _by_id(reply)


async def _publish(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    entries = [{"Id": str(number), "Message": event.rendered.text} for number, event in enumerate(events)]
    request = {"TopicArn": str(arn), "PublishBatchRequestEntries": entries}
    return _by_id(await call.to("sns", "PublishBatch", request, arn.scope))


def _by_id(reply: dict[str, Any]) -> Sent:
    failed = frozenset(int(entry["Id"]) for entry in reply.get("Failed") or ())
    return Sent(failed, reply={"Failed": reply.get("Failed") or []})


async def _put_records(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    records = [
        {"Data": event.rendered.text.encode(), "PartitionKey": resolve(own["PartitionKey"], event.opened)}
        for event in events
    ]
    request = {"StreamName": stream_name(arn), "Records": records}
    reply = await call.to("kinesis", "PutRecords", request, arn.scope)
    return _by_place(reply, "Records")


async def _put_delivery_records(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    records = [{"Data": event.rendered.text.encode()} for event in events]
    request = {"DeliveryStreamName": stream_name(arn), "Records": records}
    return _by_place(await call.to("firehose", "PutRecordBatch", request, arn.scope), "RequestResponses")


async def _put_events(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    """AWS: without parameters the source is `Pipe <name>`, and the type `Event from <source>`."""
    source = pipe.definition["Source"].split(":")[2]
    entries = []
    for event in events:
        entry: dict[str, Any] = {
            "EventBusName": str(arn),
            "Source": resolve(own.get("Source", f"Pipe {pipe.name}"), event.opened),
            "DetailType": resolve(own.get("DetailType", f"Event from aws:{source}"), event.opened),
            "Detail": event.rendered.text,
        }
        if own.get("Resources"):
            entry["Resources"] = [resolve(each, event.opened) for each in own["Resources"]]
        if "Time" in own:
            entry["Time"] = _seconds(resolve(own["Time"], event.opened))
        entries.append(entry)
    return _by_place(await call.to("events", "PutEvents", {"Entries": entries}, arn.scope), "Entries")


def _by_place(reply: dict[str, Any], member: str) -> Sent:
    failed = frozenset(number for number, entry in enumerate(reply[member]) if entry.get("ErrorCode"))
    return Sent(failed, reply={"Failed": [reply[member][number] for number in sorted(failed)]})


async def _append_lines(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    found = await call.to("logs", "DescribeLogGroups", {"logGroupNamePrefix": group}, arn.scope)
    if not any(each["logGroupName"] == group for each in found.get("logGroups", ())):
        raise RunFailed("The specified log group does not exist.", service="logs")
    batches: dict[str, list[list[Any]]] = {}
    for event in events:
        moment = _seconds(resolve(own["Timestamp"], event.opened)) if "Timestamp" in own else call.now
        stream = resolve(own.get("LogStreamName", pipe.name), event.opened)
        batches.setdefault(stream, []).append([moment, event.rendered.text])
    request = [{"logGroupName": group, "logStreamName": name, "lines": lines} for name, lines in batches.items()]
    await call.to("logs", "AppendLines", {"batches": request}, arn.scope)
    return Sent()


def _seconds(text: str) -> float:
    """A time in milliseconds since the epoch. Raises TransformationFailed."""
    try:
        return float(text) / 1000
    except ValueError:
        raise TransformationFailed(f"{text} is not a time in milliseconds.") from None


async def _start_execution(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    request = {"stateMachineArn": str(arn), "input": array_of([event.rendered for event in events]).decode()}
    if own.get("InvocationType") == "FIRE_AND_FORGET":
        await call.to("stepfunctions", "StartExecution", request, arn.scope)
        return Sent()
    reply = await call.to("stepfunctions", "StartSyncExecution", request, arn.scope)
    if reply["status"] != "SUCCEEDED":
        raise RunFailed(f"The execution {reply['status']}: {reply.get('error', '')}", service="states", status=200)
    return reported(reply.get("output", "").encode())


async def _call_api(call: Call, pipe: Pipe, arn: Arn, own: dict[str, Any], events: list[Event]) -> Sent:
    for event in events:
        await call_over_http(call, arn, own, event.opened, event.rendered)
    return Sent()


async def call_over_http(call: Call, arn: Arn, own: dict[str, Any], opened: Any, rendered: Rendered) -> bytes:
    """The reply of an API destination or a route. Raises RunFailed, or the error of the service."""
    parameters: dict[str, Any] = {
        name: {key: resolve(value, opened) for key, value in own.get(name, {}).items()}
        for name in ("HeaderParameters", "QueryStringParameters")
    }
    parameters["PathParameterValues"] = [resolve(value, opened) for value in own.get("PathParameterValues", ())]
    request = {"Arn": str(arn), "HttpParameters": parameters, "Body": rendered.text}
    reply = await call.to("events", "CallHttpTarget", request, arn.scope)
    body: bytes = reply["Body"]
    return body


_SENDERS: dict[str, Sender] = {
    "lambda": _invoke,
    "sqs": _send_messages,
    "sns": _publish,
    "kinesis": _put_records,
    "firehose": _put_delivery_records,
    "events": _put_events,
    "logs": _append_lines,
    "states": _start_execution,
}
