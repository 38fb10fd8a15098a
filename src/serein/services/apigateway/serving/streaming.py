"""Streamed replies of functions: AWS_PROXY with `responseTransferMode` STREAM.

What a function writes begins with its status and headers as JSON, ended by eight zero bytes; the rest is the body.
AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from serein.kernel.clock import monotonic
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.integrations import FunctionCaller, Traits, measured
from serein.services.apigateway.serving.proxy_events import event_of
from serein.services.apigateway.serving.proxy_replies import MalformedReply, head_of
from serein.services.apigateway.serving.refusals import Refused

_END = b"\0" * 8
_LONGEST_HEAD_BYTES = 65_536
_encode = msgspec.json.Encoder().encode


class StreamedProxyIntegration:
    """AWS_PROXY whose reply is passed on while the function writes it."""

    def __init__(self, method: dict[str, Any], traits: Traits) -> None:
        self._caller = FunctionCaller(method["methodIntegration"])
        self._binary = traits.binary

    async def answer(self, exchange: Exchange) -> HttpReply:
        request = {
            "FunctionName": self._caller.function(exchange),
            "Payload": _encode(event_of(exchange, self._binary)),
        }
        began = monotonic()
        try:
            chunks, head, rest = await asyncio.wait_for(self._begin(exchange, request), self._caller.timeout_seconds)
        except TimeoutError:
            measured(exchange, began, 504)
            raise Refused(refusals.INTEGRATION_TIMEOUT) from None
        except AwsError as error:
            measured(exchange, began, error.status)
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason=f"{error.code}: {error.message}") from error
        except MalformedReply as malformed:
            measured(exchange, began, 200)
            exchange.log("Execution failed due to configuration error: Malformed Lambda proxy response")
            raise Refused(refusals.MALFORMED_REPLY, reason=str(malformed)) from malformed
        measured(exchange, began, 200)
        status, headers = head
        return HttpReply(status, headers, _after(rest, chunks))

    async def _begin(self, exchange: Exchange, request: dict[str, Any]) -> tuple[AsyncIterator[bytes], Any, bytes]:
        """What is still to come, status and headers, and what came of the body. Raises AwsError, MalformedReply."""
        reply = await exchange.platform.call(
            "lambda",
            "InvokeWithResponseStream",
            request,
            scope=exchange.scope,
            caller=self._caller.caller(exchange),
            trace_id=exchange.trace_id,
        )
        chunks = _chunks_of(reply["EventStream"])
        begun = b""
        while _END not in begun:
            chunk = await anext(chunks, None)
            if chunk is None or len(begun) > _LONGEST_HEAD_BYTES:
                raise MalformedReply("the stream has no head")
            begun += chunk
        head, _, rest = begun.partition(_END)
        return chunks, head_of(head), rest


async def _chunks_of(events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    async for event in events:
        if "PayloadChunk" in event:
            yield event["PayloadChunk"]["Payload"]


async def _after(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in chunks:
        yield chunk
