"""Log groups and streams: their records, their ARNs and the identifiers that name them."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.operation import Request
from serein.kernel.paging import find_position
from serein.kernel.scope import Scope
from serein.services.logs.errors import InvalidParameterException

RETENTION_DAYS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)
DAY_MS = 86_400_000
MAXIMUM_TAGS = 50


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group as stored; `retention_days` is 0 when events never expire."""

    id: int
    name: str
    log_class: str
    kms_key: str
    is_protected: bool
    retention_days: int
    created_ms: int
    tags: dict[str, str]

    def oldest_ms(self, now: float) -> int:
        """The timestamp before which events have expired."""
        return int(now * 1000) - self.retention_days * DAY_MS if self.retention_days else 0


@dataclass(frozen=True, slots=True)
class LogStream:
    """A log stream as stored; times are milliseconds, -1 before the first event."""

    id: int
    name: str
    created_ms: int
    first_event_ms: int
    last_event_ms: int
    last_ingestion_ms: int


def group_arn(scope: Scope, name: str) -> str:
    """The ARN of a group as tags and policies use it, without the trailing `:*`."""
    return arn_of("logs", scope, f"log-group:{name}")


def group_name_of(request: Request) -> str:
    """The group that `logGroupName` or `logGroupIdentifier` names. Raises InvalidParameterException."""
    name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
    if name and identifier:
        raise InvalidParameterException("LogGroupName and LogGroupIdentifier cannot be both specified in the request")
    if not name and not identifier:
        raise InvalidParameterException("Must specify either LogGroupName or LogGroupIdentifier")
    return str(name) if name else name_in(str(identifier))


def name_in(identifier: str) -> str:
    """The group's name in a name or an ARN."""
    arn = find_arn(identifier)
    if arn is None:
        return identifier
    if arn.service != "logs" or not arn.resource.startswith("log-group:"):
        raise InvalidParameterException("The specified resource ARN is invalid.")
    return arn.resource.removeprefix("log-group:").removesuffix(":*").split(":")[0]


def group_reply(scope: Scope, group: LogGroup, stored_bytes: int) -> dict[str, Any]:
    """What DescribeLogGroups says of a group."""
    arn = group_arn(scope, group.name)
    reply: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": 0,
        "arn": arn + ":*",
        "storedBytes": stored_bytes,
        "logGroupClass": group.log_class,
        "logGroupArn": arn,
    }
    if group.is_protected:
        # AWS: it isn't shown of others.
        reply["deletionProtectionEnabled"] = True
    if group.retention_days:
        reply["retentionInDays"] = group.retention_days
    if group.kms_key:
        reply["kmsKeyId"] = group.kms_key
    return reply


def group_summary(scope: Scope, group: LogGroup) -> dict[str, Any]:
    """What ListLogGroups says of a group."""
    return {
        "logGroupName": group.name,
        "logGroupArn": group_arn(scope, group.name),
        "logGroupClass": group.log_class,
    }


def stream_reply(scope: Scope, group_name: str, stream: LogStream) -> dict[str, Any]:
    """What DescribeLogStreams says of a stream."""
    reply: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": f"{group_arn(scope, group_name)}:log-stream:{stream.name}",
        # AWS: storedBytes of a stream is 0 since 2019 (API reference, LogStream).
        "storedBytes": 0,
    }
    if stream.last_event_ms >= 0:
        reply["firstEventTimestamp"] = stream.first_event_ms
        reply["lastEventTimestamp"] = stream.last_event_ms
        reply["lastIngestionTime"] = stream.last_ingestion_ms
        reply["uploadSequenceToken"] = sequence_token(stream.id, stream.last_ingestion_ms)
    return reply


def sequence_token(stream_id: int, ingested_ms: int) -> str:
    """A token in the form of the old upload sequence tokens, which AWS returns and ignores."""
    return f"{ingested_ms:013d}{stream_id:043d}"


def parse_tags(text: str) -> dict[str, str]:
    tags: dict[str, str] = json.loads(text)
    return tags


def position_of(token: str | None) -> str:
    """The name of the last group of the page before. Raises InvalidParameterException."""
    if token is None:
        return ""
    position = find_position(token)
    if not isinstance(position, str):
        raise InvalidParameterException("The specified nextToken is invalid.")
    return position
