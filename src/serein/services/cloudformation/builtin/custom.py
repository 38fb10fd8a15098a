"""Custom resources: a function or a topic is told what is to be done, and answers at a URL.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import DeadLetter, Delivery, Policy, Target, Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.resource import Deployment, Made, Properties
from serein.services.cloudformation.builtin.answers import inner, require_answer
from serein.services.cloudformation.callbacks import RESPONSE_PATH
from serein.services.cloudformation.engine.deployment import StackDeployment
from serein.services.cloudformation.errors import HandlerPending, ResourceFailure
from serein.services.cloudformation.functions import text_of

_DEFAULT_TIMEOUT_SECONDS = 3600
_LONGEST_TIMEOUT_SECONDS = 3600
_LARGEST_ANSWER_BYTES = 4096
_HOSTED_RUNTIMES = ("python", "nodejs")
_NO_ANSWER = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{}]."
    " If you are using the Python cfn-response module, you may need to update your Lambda function code so that"
    " CloudFormation can attach the updated version."
)


class CustomType:
    """Every `Custom::*` type. Ref is what the answer calls PhysicalResourceId, GetAtt its Data."""

    properties: frozenset[str] = frozenset()
    replaced_by = frozenset({"ServiceToken"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return await self._ask(deployment, "Create", properties, {})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        extra = {"PhysicalResourceId": physical_id, "OldResourceProperties": _texts(old)}
        return await self._ask(deployment, "Update", new, extra)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await self._ask(deployment, "Delete", properties, {"PhysicalResourceId": physical_id})

    async def _ask(
        self, deployment: Deployment, request_type: str, properties: Properties, extra: dict[str, Any]
    ) -> Made:
        own = inner(deployment)
        event = {
            "RequestType": request_type,
            "ServiceToken": properties["ServiceToken"],
            "StackId": own.stack_id,
            "RequestId": new_uuid(),
            "LogicalResourceId": own.logical_id,
            "ResourceType": own.resource.type,
            "ResourceProperties": _texts(properties),
            **extra,
        }
        base = await _answer_base(own, event["ServiceToken"])
        timeout = _timeout(properties)
        try:
            answer = await require_answer(
                own, timeout, lambda tx, token: _send(tx, own, f"{base}{RESPONSE_PATH}", token, event)
            )
        except HandlerPending as pending:
            # AWS: what was asked for is deleted under this id when it doesn't come to an answer.
            raise HandlerPending(pending.deadline, own.physical_name(128)) from None
        return _made(own, answer, extra.get("PhysicalResourceId", ""))


def _timeout(properties: Properties) -> float:
    text = str(properties.get("ServiceTimeout", _DEFAULT_TIMEOUT_SECONDS))
    if not text.isdecimal() or not 1 <= int(text[:6]) <= _LONGEST_TIMEOUT_SECONDS:
        raise ResourceFailure(f"ServiceTimeout {text} must be an integer between 1 and {_LONGEST_TIMEOUT_SECONDS}")
    return float(text)


async def _answer_base(deployment: StackDeployment, service_token: str) -> str:
    """Where answers go. AWS: to a bucket over HTTPS, and some handlers fix the port 443.

    In functions of Python and Node.js such names lead here; whoever else answers is given the server's own address.
    """
    arn = find_arn(service_token)
    if arn is not None and arn.service == "lambda":
        try:
            found = await deployment.call("lambda", "GetFunctionConfiguration", {"FunctionName": service_token})
        except AwsError:
            # Why: that there is no such function, the invocation says.
            found = {}
        if str(found.get("Runtime", "")).startswith(_HOSTED_RUNTIMES):
            region = deployment.scope.region.replace("-", "")
            return f"https://cloudformation-custom-resource-response-{region}.s3.amazonaws.com"
    return deployment.platform.limits.endpoint


def _send(tx: Transaction, deployment: StackDeployment, base: str, token: str, event: dict[str, Any]) -> None:
    event["ResponseURL"] = f"{base}{token}"
    arn = find_arn(event["ServiceToken"])
    text = json.dumps(event)
    if arn is not None and arn.service == "sns":
        target = Target("sns", "Publish", arn.scope)
        subject = "AWS CloudFormation custom resource request"
        request: dict[str, Any] = {"TopicArn": str(arn), "Message": text, "Subject": subject}
    elif arn is not None and arn.service == "lambda":
        target = Target("lambda", "Invoke", arn.scope)
        request = {"FunctionName": str(arn), "InvocationType": "Event", "Payload": text.encode()}
    else:
        raise ResourceFailure("Invalid service token: it must be the ARN of a Lambda function or of an SNS topic")
    letter = DeadLetter(Target("cloudformation", "AnswerWait", deployment.scope), {"Token": token}, "", "Error")
    tx.send(Delivery(target, request, Policy(dead_letter=letter)))


def _made(deployment: StackDeployment, answer: str, physical_id: str) -> Made:
    if not answer:
        raise ResourceFailure(_NO_ANSWER.format(deployment.resource.token), deployment.physical_name(128))
    if len(answer.encode()) > _LARGEST_ANSWER_BYTES:
        raise ResourceFailure("Response object is too long.", deployment.physical_name(128))
    reply: dict[str, Any] = json.loads(answer)
    if reply["Status"] != "SUCCESS":
        made_id = reply.get("PhysicalResourceId") or deployment.physical_name(128)
        raise ResourceFailure(
            "Received response status [FAILED] from custom resource. Message returned:"
            f" {reply.get('Reason', '')} (RequestId: {reply.get('RequestId', '')})",
            str(made_id),
        )
    made_id = str(reply.get("PhysicalResourceId") or physical_id)
    if not made_id:
        raise ResourceFailure("Invalid PhysicalResourceId")
    return Made(made_id, reply.get("Data") or {})


def _texts(value: Any) -> Any:
    """AWS: every scalar of a custom resource's properties reaches the function as text."""
    if isinstance(value, dict):
        return {key: _texts(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_texts(member) for member in value]
    return text_of(value)
