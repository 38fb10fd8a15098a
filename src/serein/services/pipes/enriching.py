"""Enrichments: what they are given, and what they answer.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
"""

from typing import Any

import msgspec

from serein.kernel.arn import Arn
from serein.kernel.call import Call
from serein.services.pipes.errors import RunFailed
from serein.services.pipes.sending import array_of, call_over_http
from serein.services.pipes.templates import Rendered


async def enrich(
    call: Call, arn: Arn, parameters: dict[str, Any], opened: list[Any], rendered: list[Rendered]
) -> list[Any]:
    """The events that an enrichment makes of a batch: none when its answer is empty.

    Raises RunFailed, or the error of the service.
    """
    if arn.service in ("events", "execute-api"):
        own = parameters.get("HttpParameters") or {}
        answers = [await call_over_http(call, arn, own, *each) for each in zip(opened, rendered, strict=True)]
        return [event for answer in answers for event in _events_in(answer)]
    if arn.service == "states":
        request = {"stateMachineArn": str(arn), "input": array_of(rendered).decode()}
        answer = await call.to("stepfunctions", "StartSyncExecution", request, arn.scope)
        if answer["status"] != "SUCCEEDED":
            raise RunFailed(
                f"The execution {answer['status']}: {answer.get('error', '')}", service="states", status=200
            )
        return _events_in(answer.get("output", "").encode())
    reply = await call.to("lambda", "Invoke", {"FunctionName": str(arn), "Payload": array_of(rendered)}, arn.scope)
    text: bytes = reply["Payload"]
    if reply.get("FunctionError"):
        raise RunFailed(f"The function failed: {text.decode('utf-8', 'replace')[:1000]}", service="lambda", status=200)
    return _events_in(text)


def _events_in(answer: bytes) -> list[Any]:
    """AWS: the target isn't invoked for an answer that is empty: `""`, `{}` or `[]`."""
    try:
        value = msgspec.json.decode(answer) if answer.strip() else None
    except (msgspec.DecodeError, RecursionError):
        value = answer.decode("utf-8", "replace")
    if value is None or value in ("", {}, []):
        return []
    return value if isinstance(value, list) else [value]
