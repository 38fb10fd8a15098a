"""Sources: which there are, what a pipe may say of each, and the feed that reads it.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
"""

import json
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.kernel.patterns import InvalidPattern, compile_object
from serein.kernel.scope import Scope
from serein.services.pipes.errors import invalid

RECEIVER = "pipes.RunBatch"
_MEMBERS = {
    "sqs": "SqsQueueParameters",
    "kinesis": "KinesisStreamParameters",
    "dynamodb": "DynamoDBStreamParameters",
}
_BROKERS = {"kafka": "Amazon MSK clusters", "mq": "Amazon MQ brokers"}
_STREAM_DEFAULTS = {
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
}
_QUEUE_BATCH = 10
_LEAST_AGE_SECONDS = 60
_FIXED = ("StartingPosition", "StartingPositionTimestamp")
_MISSING = "Missing required parameter."


def require_source(scope: Scope, text: str) -> Arn:
    """A pipe's source. Raises ValidationException and NotImplementedHere."""
    arn = find_arn(text)
    if arn is None:
        raise NotImplementedHere("Serein does not implement pipes from self-managed Apache Kafka clusters")
    if arn.service in _BROKERS:
        raise NotImplementedHere(f"Serein does not implement pipes from {_BROKERS[arn.service]}")
    is_stream = arn.service == "dynamodb" and arn.resource.startswith("table/") and "/stream/" in arn.resource
    is_data_stream = arn.service == "kinesis" and arn.resource.startswith("stream/")
    if not (is_stream or is_data_stream or (arn.service == "sqs" and ":" not in arn.resource)):
        raise invalid(("Source", f"{text} is not a supported source."))
    if arn.region != scope.region:
        raise invalid(("Source", f"The source must be in the pipe's region, {scope.region}."))
    return arn


def parameters_of(source: Arn, given: dict[str, Any], before: dict[str, Any] | None, most: int | None) -> Request:
    """Source parameters, checked, with defaults; `most` records can be in a batch, None for as many as one likes.

    `before` are the ones of a pipe that is changed: AWS keeps where reading starts, and has an update replace the rest.
    Raises ValidationException.
    """
    member = _MEMBERS[source.service]
    for name in given:
        if name not in (member, "FilterCriteria"):
            raise invalid((f"SourceParameters.{name}", f"The parameter is not supported for the source {source}."))
    known = before or {}
    if member in given or not before:
        chosen = {**given.get(member, {})}
        chosen |= {name: known[member][name] for name in _FIXED if name in known.get(member, {})}
    else:
        chosen = dict(known[member])
    chosen = (_queue if source.service == "sqs" else _stream)(source, chosen, member, most)
    filters = given.get("FilterCriteria", known.get("FilterCriteria")) or {}
    _check_filters(filters)
    return {member: chosen, **({"FilterCriteria": filters} if filters.get("Filters") else {})}


def _queue(source: Arn, given: dict[str, Any], member: str, most: int | None) -> dict[str, Any]:
    least = min(_QUEUE_BATCH, most or _QUEUE_BATCH)
    chosen = {"BatchSize": least, "MaximumBatchingWindowInSeconds": 0} | given
    size, window = chosen["BatchSize"], chosen["MaximumBatchingWindowInSeconds"]
    place = f"SourceParameters.{member}"
    _check_size(place, size, most)
    if source.resource.endswith(".fifo"):
        if size > _QUEUE_BATCH:
            raise invalid((f"{place}.BatchSize", f"BatchSize must be at most {_QUEUE_BATCH} for FIFO queues."))
        if window:
            raise invalid(
                (f"{place}.MaximumBatchingWindowInSeconds", "A batching window is not supported for FIFO queues.")
            )
    if size > _QUEUE_BATCH and not window:
        raise invalid(
            (
                f"{place}.MaximumBatchingWindowInSeconds",
                f"MaximumBatchingWindowInSeconds must be at least 1 when BatchSize is greater than {_QUEUE_BATCH}.",
            )
        )
    return chosen


def _stream(source: Arn, given: dict[str, Any], member: str, most: int | None) -> dict[str, Any]:
    place = f"SourceParameters.{member}"
    if not given.get("StartingPosition"):
        # AWS: the message names the whole of them when none are given.
        raise invalid((place if not given else f"{place}.StartingPosition", _MISSING))
    if given["StartingPosition"] == "AT_TIMESTAMP" and "StartingPositionTimestamp" not in given:
        raise invalid((f"{place}.StartingPositionTimestamp", _MISSING))
    if given["StartingPosition"] != "AT_TIMESTAMP" and "StartingPositionTimestamp" in given:
        raise invalid(
            (f"{place}.StartingPositionTimestamp", "The parameter is only valid for the position AT_TIMESTAMP.")
        )
    chosen = {"BatchSize": 1, **_STREAM_DEFAULTS} | given
    _check_size(place, chosen["BatchSize"], most)
    age, wrong = chosen["MaximumRecordAgeInSeconds"], []
    if -1 < age < _LEAST_AGE_SECONDS:
        text = "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"
        wrong.append(("MaximumRecordAgeInSeconds", text))
    if -1 < age <= chosen["MaximumBatchingWindowInSeconds"]:
        text = "MaximumBatchingWindowInSeconds must be less than MaximumRecordAgeInSeconds."
        wrong.append(("MaximumBatchingWindowInSeconds", text))
    if wrong:
        raise invalid(*wrong)
    _check_letters(f"{place}.DeadLetterConfig.Arn", (chosen.get("DeadLetterConfig") or {}).get("Arn"))
    return chosen


def _check_size(place: str, size: int, most: int | None) -> None:
    if most is not None and size > most:
        raise invalid((f"{place}.BatchSize", f"BatchSize must be at most {most} for the enrichment and the target."))


def _check_letters(place: str, text: str | None) -> None:
    arn = find_arn(text) if text else None
    if text and (arn is None or arn.service not in ("sqs", "sns") or arn.resource.endswith(".fifo")):
        raise invalid((place, f"{text} is neither a standard queue nor a standard topic."))


def _check_filters(criteria: dict[str, Any]) -> None:
    for number, each in enumerate(criteria.get("Filters") or ()):
        try:
            compile_object(json.loads(each.get("Pattern", "")))
        except (InvalidPattern, ValueError, RecursionError) as error:
            place = f"SourceParameters.FilterCriteria.Filters[{number}].Pattern"
            raise invalid((place, f"Event pattern is not valid. Reason: {error}")) from None


def feed_of(name: str, arn: str, definition: dict[str, Any], *, is_enabled: bool) -> Request:
    """The request for the feed of a pipe."""
    source = find_arn(definition["Source"])
    if source is None:
        raise ValueError(f"{definition['Source']} is not an ARN")
    parameters = definition["SourceParameters"]
    own = parameters[_MEMBERS[source.service]]
    feed = {key: value for key, value in own.items() if key not in ("DeadLetterConfig", "OnPartialBatchItemFailure")}
    feed |= {"Receiver": RECEIVER, "Arn": arn, "Name": name, "EventSourceArn": str(source), "Enabled": is_enabled}
    if source.service != "sqs":
        feed["BisectBatchOnFunctionError"] = own.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT"
        letters = (own.get("DeadLetterConfig") or {}).get("Arn")
        feed["DestinationConfig"] = {"OnFailure": {"Destination": letters} if letters else {}}
    if "FilterCriteria" in parameters:
        feed["FilterCriteria"] = parameters["FilterCriteria"]
    return feed
