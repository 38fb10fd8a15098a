"""`aws-sdk:…`: tasks that call any operation of any service, as the SDK for Java 2 would.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from serein.kernel.call import Call, Platform
from serein.kernel.documents import Documents, Spelling
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.services.stepfunctions.failure import DATA_LIMIT_EXCEEDED, StateFailed
from serein.services.stepfunctions.interpreter.payloads import MOST_BYTES
from serein.services.stepfunctions.tasks.failures import bad_parameters, not_here, sdk_failure_of
from serein.services.stepfunctions.tasks.requests import TaskRequest, call_service
from serein.services.stepfunctions.tasks.resources import Resource

_REFUSED = frozenset(
    {
        ("lambda", "InvokeAsync"),
        ("sts", "AssumeRole"),
        ("sts", "AssumeRoleWithSAML"),
        ("sts", "AssumeRoleWithWebIdentity"),
    }
)
"""AWS: "Unsupported API actions for supported services"."""


def find_sdk_fault(platform: Platform, resource: Resource) -> str:
    """Why Step Functions can't call the operation; empty when it can, whether Serein has it or not."""
    documents = _documents(platform)
    found = documents.find_operation(resource.service, resource.action)
    if found is None:
        return f"The AWS SDK has no operation {resource.service}:{resource.action}"
    if found in _REFUSED or documents.is_streaming(*found):
        return f"The operation {resource.service}:{resource.action} is not supported by Step Functions"
    return ""


def is_here(platform: Platform, resource: Resource) -> bool:
    """Whether somebody answers for the operation."""
    found = _documents(platform).find_operation(resource.service, resource.action)
    if found is None:
        return False
    is_elsewhere = platform.catalog.stand_in is not None and platform.catalog.find_service(found[0]) is None
    return is_elsewhere or platform.catalog.find_operation(*found) is not None


async def call_operation(call: Call, request: TaskRequest) -> Any:
    platform, resource = call.platform, request.resource
    documents = _documents(platform)
    found = documents.find_operation(resource.service, resource.action)
    if found is None or find_sdk_fault(platform, resource):
        raise not_here(f"{resource.arn}, which is no operation that Step Functions can call")
    service, operation = found
    body, faults = documents.request(service, operation, request.parameters, Spelling.SDK)
    if faults:
        raise bad_parameters(request.parameters, faults)
    try:
        reply = await call_service(call, request, service, operation, body)
    except AwsError as error:
        raise sdk_failure_of(platform, service, operation, error) from error
    return documents.reply(service, operation, await _whole(reply, request.state_name), Spelling.SDK)


async def _whole(reply: Reply, state_name: str) -> Reply:
    """The reply with its body read. Raises StateFailed when that is more than a state may hold."""
    name = next((name for name, value in reply.items() if isinstance(value, AsyncIterator)), None)
    return reply if name is None else {**reply, name: await _read(reply[name], state_name)}


async def _read(stream: AsyncIterator[bytes], state_name: str) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in stream:
            chunks.append(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                raise StateFailed(
                    DATA_LIMIT_EXCEEDED,
                    f"The state/task '{state_name}' returned a result with a size exceeding the maximum number of "
                    "bytes service limit.",
                )
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
    return b"".join(chunks)


def _documents(platform: Platform) -> Documents:
    assert platform.documents is not None, "the gateway is there before anything runs"
    return platform.documents
