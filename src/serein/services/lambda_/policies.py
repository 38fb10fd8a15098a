"""Statements of resource policies, as AddPermission and AddLayerVersionPermission write them."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.operation import Request
from serein.services.lambda_.errors import invalid

MAXIMUM_BYTES = 20_480
_PARTNERS = ("amazonaws.com", "amazonaws.com.cn", "amazon.com", "alexa-appkit.amazon.com")


def empty_policy() -> dict[str, Any]:
    return {"Version": "2012-10-17", "Id": "default", "Statement": []}


def statement_of(resource_arn: str, request: Request) -> dict[str, Any]:
    """The policy statement that a permission becomes."""
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": principal_of(request["Principal"]),
        "Action": request["Action"],
        "Resource": resource_arn,
    }
    if condition := _condition(request):
        statement["Condition"] = condition
    return statement


def principal_of(text: str) -> str | dict[str, str]:
    """A service, an account, an identity or everyone. Raises InvalidParameterValueException."""
    if text == "*":
        return "*"
    if text.isdigit() and len(text) == 12:
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if find_arn(text) is not None:
        return {"AWS": text}
    if text.endswith(_PARTNERS):
        return {"Service": text}
    raise invalid("The provided principal was invalid. Please check the principal and try again.")


def _condition(request: Request) -> dict[str, dict[str, str]]:
    condition: dict[str, dict[str, str]] = {}
    if "SourceArn" in request:
        condition["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    for member, key in (
        ("SourceAccount", "AWS:SourceAccount"),
        ("PrincipalOrgID", "aws:PrincipalOrgID"),
        ("EventSourceToken", "lambda:EventSourceToken"),
        ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
    ):
        if member in request:
            condition.setdefault("StringEquals", {})[key] = request[member]
    if "InvokedViaFunctionUrl" in request:
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": str(request["InvokedViaFunctionUrl"]).lower()}
    return condition
