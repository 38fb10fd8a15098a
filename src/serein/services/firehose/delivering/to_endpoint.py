"""A buffer as a request to an HTTP endpoint.

AWS: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
"""

import asyncio
import base64
import gzip
import hashlib
import json

import msgspec

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.http import Headers, HttpReply
from serein.kernel.ids import random_fraction
from serein.kernel.operation import Request
from serein.outgoing import OutgoingRequest, Unreachable, outgoing_of
from serein.services.firehose import buffers
from serein.services.firehose.delivering.steps import again, discard, records_of
from serein.services.firehose.errors import DeliveryFailed
from serein.services.firehose.journal import tell
from serein.services.firehose.metrics import count_delivery
from serein.services.firehose.plans import ENDPOINT_FAILED, FAILED, Endpoint
from serein.services.firehose.records import Failure, Record, failed_record
from serein.services.firehose.store import Buffer
from serein.services.firehose.streams import Stream

_PATIENCE_SECONDS = 180.0
_LONGEST_PAUSE_SECONDS = 120.0
_JITTER = 0.15
_TOO_LARGE = 413
_KIND = "DeliveryToHttpEndpoint"


async def deliver(call: Call, stream: Stream, buffer: Buffer, endpoint: Endpoint, request: Request) -> None:
    """Send the request. Raises Reschedule when it is to be sent again."""
    records = [record async for page in records_of(call, buffer) for record in page]
    try:
        await _post(call, stream, buffer, endpoint, records)
    except DeliveryFailed as error:
        count_delivery(call.platform, stream, _KIND, None)
        await tell(call, stream, endpoint.log, endpoint.url, (error.error_code, error.message))
        attempts, since = request.get("Attempts", 0), request.get("Since", call.now)
        pause = min(2.0**attempts, _LONGEST_PAUSE_SECONDS) * (1 + _JITTER * random_fraction())
        if not error.is_final and call.now + pause - since <= endpoint.retry_seconds:
            raise again(request, pause, call.now) from error
        failure = Failure(error.error_code, error.message, attempts + 1, int(call.now * 1000))
        failed = buffers.Batch(FAILED, ENDPOINT_FAILED, [failed_record(record, failure) for record in records])
        await call.write(lambda tx: buffers.append(tx, stream, [failed]))
    else:
        sizes = (len(records), buffer.size_bytes, call.now - buffer.opened_at)
        count_delivery(call.platform, stream, _KIND, sizes)
    await discard(call, buffer)


async def _post(call: Call, stream: Stream, buffer: Buffer, endpoint: Endpoint, records: list[Record]) -> None:
    """Raises DeliveryFailed; its status is the endpoint's where that is why."""
    request_id = _request_id(buffer)
    body = msgspec.json.encode(
        {
            "requestId": request_id,
            "timestamp": int(call.now * 1000),
            "records": [{"data": base64.b64encode(record.data).decode()} for record in records],
        }
    )
    headers: Headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "Amazon Kinesis Data Firehose Agent/1.0"),
        ("X-Amz-Firehose-Protocol-Version", "1.0"),
        ("X-Amz-Firehose-Request-Id", request_id),
        ("X-Amz-Firehose-Source-Arn", stream.arn),
    ]
    access_key = await _access_key(call, endpoint)
    if access_key:
        headers.append(("X-Amz-Firehose-Access-Key", access_key))
    if endpoint.attributes:
        attributes = msgspec.json.encode({"commonAttributes": endpoint.attributes}).decode("latin-1")
        headers.append(("X-Amz-Firehose-Common-Attributes", attributes))
    if endpoint.is_compressed:
        headers.append(("Content-Encoding", "gzip"))
        body = await asyncio.to_thread(gzip.compress, body)
    try:
        answer = await outgoing_of(call.platform).send(
            OutgoingRequest("POST", endpoint.url, headers, body, _PATIENCE_SECONDS)
        )
    except Unreachable as error:
        raise DeliveryFailed(
            "HttpEndpoint.ConnectionFailed", f"Unable to connect to the destination endpoint: {error}"
        ) from error
    _require_taken(answer, request_id)


def _require_taken(answer: HttpReply, request_id: str) -> None:
    """Raises DeliveryFailed unless the endpoint says that it has taken the request."""
    assert isinstance(answer.body, bytes)
    if answer.status != 200:
        text = answer.body[:500].decode("utf-8", "replace")
        raise DeliveryFailed(
            "HttpEndpoint.DestinationException",
            f"The following response was received from the endpoint destination. {answer.status}: {text}",
            is_final=answer.status == _TOO_LARGE,
        )
    try:
        reply = json.loads(answer.body)
        said = reply["requestId"]
    except (ValueError, KeyError, TypeError):
        raise DeliveryFailed(
            "HttpEndpoint.InvalidResponseFromDestination", "The response received from the endpoint is invalid."
        ) from None
    if said != request_id:
        raise DeliveryFailed(
            "HttpEndpoint.InvalidResponseFromDestination",
            f"The response received from the endpoint is invalid. Expected requestId: {request_id}, actual: {said}",
        )


def _request_id(buffer: Buffer) -> str:
    """AWS: the same for every attempt at a request."""
    digest = hashlib.sha256(f"request {buffer.id}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


async def _access_key(call: Call, endpoint: Endpoint) -> str:
    """Raises DeliveryFailed when the secret can't be had."""
    if not endpoint.secret_arn:
        return endpoint.access_key
    try:
        found = await call.to("secretsmanager", "GetSecretValue", {"SecretId": endpoint.secret_arn})
        return str(json.loads(found["SecretString"])["api_key"])
    except (AwsError, ValueError, KeyError, TypeError) as error:
        raise DeliveryFailed("SecretsManager.SecretNotUsable", f"The secret has no api_key: {error}") from error
