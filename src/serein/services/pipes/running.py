"""An execution: what happens with one batch of a source's records.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html
"""

from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.services.pipes.enriching import enrich
from serein.services.pipes.errors import RunFailed, TransformationFailed
from serein.services.pipes.journal import Journal
from serein.services.pipes.records import Record, identifier_of, opened, place_of, shown
from serein.services.pipes.sending import Event, Sent, send
from serein.services.pipes.store import Pipe
from serein.services.pipes.templates import Rendered, encode, render

_THROTTLING = ("Throttl", "TooManyRequests", "ThroughputExceeded", "LimitExceeded", "OverLimit")


class Execution:
    """One batch on its way through a pipe."""

    def __init__(self, call: Call, pipe: Pipe, records: list[Record]) -> None:
        self._call = call
        self._pipe = pipe
        self._journal = Journal(call, pipe)
        self._events: list[Any] = [shown(record, pipe.definition["RoleArn"]) for record in records]
        self._places = [place_of(event) for event in self._events]
        self._by_identifier = {
            identifier_of(event): place for event, place in zip(self._events, self._places, strict=True)
        }
        definition = pipe.definition
        self._values = {
            "aws.pipes.pipe-arn": pipe.arn,
            "aws.pipes.pipe-name": pipe.name,
            "aws.pipes.source-arn": definition["Source"],
            "aws.pipes.enrichment-arn": definition.get("Enrichment", ""),
            "aws.pipes.target-arn": definition["Target"],
            "aws.pipes.event.ingestion-time": datetime.fromtimestamp(call.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    async def run(self) -> Reply:
        """What became of it, as Invoke would tell of a function: a FunctionError, or which records failed.

        Raises the error of a service that is not to blame on the pipe: the attempt doesn't count then.
        """
        self._journal.note("EXECUTION_STARTED", payload=self._events)
        try:
            failed = await self._run()
        except RunFailed as error:
            self._journal.note("EXECUTION_FAILED", error=_shown(error))
            text = encode({"errorMessage": error.message, "errorType": "PipeExecutionFailed"})
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": text}
        except AwsError as error:
            self._journal.note("EXECUTION_THROTTLED" if _is_throttling(error) else "EXECUTION_FAILED",
                               error=_shown(_blamed("", error)))  # fmt: skip
            raise
        finally:
            await self._journal.write()
        return {
            "StatusCode": 200,
            "Payload": encode({"batchItemFailures": [{"itemIdentifier": each} for each in failed]}),
        }

    async def _run(self) -> list[str]:
        """The records that failed, by their places."""
        definition, is_enriched = self._pipe.definition, False
        if "Enrichment" in definition:
            is_enriched = True
            self._events = await self._enrich(_require_arn(definition["Enrichment"]))
            if not self._events:
                self._journal.note("TARGET_STAGE_SKIPPED")
                self._journal.note("EXECUTION_SUCCEEDED")
                return []
        sent = await self._send(_require_arn(definition["Target"]))
        failed = self._failed(sent, is_enriched=is_enriched)
        if failed:
            self._journal.note("TARGET_STAGE_PARTIALLY_FAILED")
            self._journal.note("EXECUTION_PARTIALLY_FAILED")
        else:
            self._journal.note("TARGET_STAGE_SUCCEEDED")
            self._journal.note("EXECUTION_SUCCEEDED")
        return failed

    async def _enrich(self, arn: Arn) -> list[Any]:
        parameters, note = self._pipe.definition.get("EnrichmentParameters", {}), self._journal.note
        note("ENRICHMENT_STAGE_ENTERED", payload=self._events)
        open_events = [opened(event) for event in self._events]
        rendered = self._render("ENRICHMENT", parameters, open_events)
        note("ENRICHMENT_INVOCATION_STARTED", awsRequest=[each.text for each in rendered])
        try:
            events = await enrich(self._call, arn, parameters, open_events, rendered)
        except (RunFailed, AwsError) as error:
            self._fail("ENRICHMENT", arn, error)
        note("ENRICHMENT_INVOCATION_SUCCEEDED", awsResponse=events)
        note("ENRICHMENT_STAGE_SUCCEEDED", payload=events)
        return events

    async def _send(self, arn: Arn) -> Sent:
        parameters, note = self._pipe.definition.get("TargetParameters", {}), self._journal.note
        note("TARGET_STAGE_ENTERED", payload=self._events)
        open_events = [opened(event) for event in self._events]
        rendered = self._render("TARGET", parameters, open_events)
        note("TARGET_INVOCATION_STARTED", awsRequest=[each.text for each in rendered])
        events = [Event(*each) for each in zip(self._events, open_events, rendered, strict=True)]
        try:
            sent = await send(self._call, self._pipe, arn, events)
        except (RunFailed, AwsError) as error:
            self._fail("TARGET", arn, error)
        is_partial = sent.numbers or sent.identifiers
        note(f"TARGET_INVOCATION_{'PARTIALLY_FAILED' if is_partial else 'SUCCEEDED'}", awsResponse=sent.reply)
        return sent

    def _render(self, stage: str, parameters: dict[str, Any], open_events: list[Any]) -> list[Rendered]:
        template = parameters.get("InputTemplate")
        if not template:
            return [_plain(event) for event in self._events]
        self._journal.note(f"{stage}_TRANSFORMATION_STARTED", payload=self._events)
        pairs = zip(self._events, open_events, strict=True)
        rendered = [render(template, event, opened, self._values) for event, opened in pairs]
        self._journal.note(f"{stage}_TRANSFORMATION_SUCCEEDED", payload=[each.text for each in rendered])
        return rendered

    def _fail(self, stage: str, arn: Arn, error: RunFailed | AwsError) -> NoReturn:
        """Raise what a failed call comes to."""
        blamed = error if isinstance(error, RunFailed) else _blamed(arn.service, error)
        step = "TRANSFORMATION" if isinstance(error, TransformationFailed) else "INVOCATION"
        self._journal.note(f"{stage}_{step}_FAILED", error=_shown(blamed))
        self._journal.note(f"{stage}_STAGE_FAILED", error=_shown(blamed))
        if isinstance(error, AwsError) and (not error.is_sender_fault or _is_throttling(error)):
            raise error
        raise blamed from error

    def _failed(self, sent: Sent, *, is_enriched: bool) -> list[str]:
        """The places of the records that a target did not take.

        AWS: what an enrichment made of records is known by the messageId or eventID that it passes on. Raises RunFailed
        when there is none, or one that no record has: the whole batch failed then.
        """
        if not is_enriched and sent.numbers:
            return [self._places[number] for number in sorted(sent.numbers)]
        names = set(sent.identifiers) | {identifier_of(self._events[number]) for number in sent.numbers}
        if not names <= self._by_identifier.keys():
            raise RunFailed("The target reported failures of events that can't be told from one another.")
        return [self._by_identifier[name] for name in self._by_identifier if name in names]


def _plain(event: Any) -> Rendered:
    text = encode(event).decode()
    return Rendered(event if isinstance(event, str) else text, text)


def _require_arn(text: str) -> Arn:
    arn = find_arn(text)
    if arn is None:
        raise RunFailed(f"{text} is not an ARN.")
    return arn


def _is_throttling(error: AwsError) -> bool:
    return error.status == 429 or any(part in error.code for part in _THROTTLING)


def _blamed(service: str, error: AwsError) -> RunFailed:
    return RunFailed(f"{error.code}: {error.message}", service=service, status=error.status)


def _shown(error: RunFailed) -> dict[str, Any]:
    return {
        "httpStatusCode": error.status,
        "message": error.message,
        "details": "",
        "awsService": error.service,
        "requestId": "",
    }


def records_in(payload: bytes) -> list[Record]:
    records: list[Record] = msgspec.json.decode(payload)["Records"]
    return records
