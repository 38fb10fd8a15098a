"""`/_serein/effects?stack=…&change-set=…`: as JSON, what of a stack or a change set has no effect here.

Either may be a name or an ARN; names need `account` and `region` where they aren't the defaults. This is how
`--strict` looks before it executes a change set.
"""

import json
from urllib.parse import parse_qs

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.scope import DEFAULT_ACCOUNT, DEFAULT_REGION, Scope

PATH = "/_serein/effects"


async def answer(platform: Platform, http: HttpRequest) -> HttpReply | None:
    """What the stack has that has no effect; None for any other path."""
    if http.path != PATH:
        return None
    query = {name: values[-1] for name, values in parse_qs(http.query).items()}
    request = {"StackName": query.get("stack", ""), "ChangeSetName": query.get("change-set", "")}
    arn = find_arn(request["ChangeSetName"]) or find_arn(request["StackName"])
    named = Scope(query.get("account", DEFAULT_ACCOUNT), query.get("region", DEFAULT_REGION))
    scope = arn.scope if arn is not None else named
    try:
        found = await platform.call("cloudformation", "DescribeEffects", request, scope=scope)
    except AwsError as error:
        return _json({"message": error.message}, error.status)
    return _json(found, 200)


def _json(content: dict[str, object], status: int) -> HttpReply:
    return HttpReply(status, [("content-type", "application/json")], json.dumps(content).encode())
