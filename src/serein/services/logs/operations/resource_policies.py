"""PutResourcePolicy, DescribeResourcePolicies and DeleteResourcePolicy: which services may write into the logs.

They are kept; services that write logs here need no leave.
"""

import json

from serein.kernel.call import Call
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import page_token
from serein.services.logs import store
from serein.services.logs.errors import InvalidParameterException, ResourceNotFoundException
from serein.services.logs.groups import position_of

_MOST_POLICIES = 10
"""AWS: per account and region (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html)."""
_PAGE = 50


@operation("PutResourcePolicy", partial="policies of single log groups are not kept", stored=("policyDocument",))
async def put_resource_policy(call: Call, request: Request) -> Reply:
    _require_account_scope(request)
    name, document = request.get("policyName"), request.get("policyDocument")
    if not name or not document:
        raise InvalidParameterException("policyName and policyDocument are required")
    try:
        is_object = isinstance(json.loads(document), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise InvalidParameterException("The specified policy document is not valid JSON.")
    updated_ms = await call.write(lambda tx: store.put_resource_policy(tx, call.scope, name, document, _MOST_POLICIES))
    return {"resourcePolicy": _shown(name, document, updated_ms)}


@operation("DescribeResourcePolicies")
async def describe_resource_policies(call: Call, request: Request) -> Reply:
    if request.get("policyScope") == "RESOURCE" or "resourceArn" in request:
        return {"resourcePolicies": []}
    limit = request.get("limit", _PAGE)
    after = position_of(request.get("nextToken"))
    rows = await call.read(lambda tx: store.resource_policies(tx, call.scope, after, limit + 1))
    shown = [_shown(*row) for row in rows[:limit]]
    if len(rows) <= limit:
        return {"resourcePolicies": shown}
    return {"resourcePolicies": shown, "nextToken": page_token(rows[limit - 1][0])}


@operation("DeleteResourcePolicy")
async def delete_resource_policy(call: Call, request: Request) -> Reply:
    _require_account_scope(request)
    name = request.get("policyName", "")
    if not await call.write(lambda tx: store.delete_resource_policy(tx, call.scope, name)):
        raise ResourceNotFoundException(f"Policy with name [{name}] does not exist.")
    return {}


def _require_account_scope(request: Request) -> None:
    if "resourceArn" in request or "expectedRevisionId" in request:
        raise NotImplementedHere("Serein keeps resource policies of accounts, not of single log groups")


def _shown(name: str, document: str, updated_ms: int) -> dict[str, object]:
    return {"policyName": name, "policyDocument": document, "lastUpdatedTime": updated_ms, "policyScope": "ACCOUNT"}
