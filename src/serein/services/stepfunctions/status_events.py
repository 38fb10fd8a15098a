"""The event "Step Functions Execution Status Change".

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
from typing import Any

from serein.services.stepfunctions.seen import Seen

_MOST_BYTES = 248 * 1024
_RUNNING, _SUCCEEDED = "RUNNING", "SUCCEEDED"


def status_entry(seen: Seen, status: str, now: float) -> dict[str, Any]:
    """The entry of PutEvents that tells of a status; RUNNING as it was when the execution began."""
    is_over = status != _RUNNING
    output = seen.output if is_over else None
    has_output = output is None or _escaped_bytes(output) <= _MOST_BYTES
    shown = (output or "") if has_output else ""
    has_input = _escaped_bytes(seen.input) + _escaped_bytes(shown) <= _MOST_BYTES
    is_redrivable = is_over and status != _SUCCEEDED
    detail = {
        "executionArn": seen.arn,
        "stateMachineArn": seen.machine_arn,
        "name": seen.name,
        "status": status,
        "startDate": _milliseconds(seen.started_at),
        "stopDate": _milliseconds(seen.stopped_at) if is_over else None,
        "input": seen.input if has_input else None,
        "output": output if has_output else None,
        "stateMachineVersionArn": seen.version_arn or None,
        "stateMachineAliasArn": seen.alias_arn or None,
        "redriveCount": seen.redrive_count,
        "redriveDate": _milliseconds(seen.redriven_at),
        "redriveStatus": "REDRIVABLE" if is_redrivable else "NOT_REDRIVABLE",
        "redriveStatusReason": None if is_redrivable else f"Execution is {status} and cannot be redriven",
        "inputDetails": {"included": has_input},
        "outputDetails": None if output is None else {"included": has_output},
        "error": seen.error if is_over else None,
        "cause": seen.cause if is_over else None,
    }
    return {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Time": now,
        "Resources": [seen.arn],
        "Detail": json.dumps(detail, ensure_ascii=False),
    }


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _escaped_bytes(text: str) -> int:
    """The size of a text within JSON; counted only where it may matter."""
    if len(text) * 6 <= _MOST_BYTES // 2:
        return len(text)
    return len(json.dumps(text, ensure_ascii=False).encode())
