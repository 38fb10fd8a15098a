"""IssueServiceCredentials: credentials that a service hands to what runs as a role; for the platform only.

Functions are given theirs when an environment starts. The role need not exist any more by then, as on AWS, where an
execution role is checked when the function is made.
"""

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_upper
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.sts.roles import keep_role_session, parse_role_arn

_DURATION_SECONDS = 12 * 3600


@operation("IssueServiceCredentials", internal=True)
async def issue_service_credentials(call: Call, request: Request) -> Reply:
    """Reply with AccessKeyId, SecretAccessKey, SessionToken and Expiration for {RoleArn, RoleSessionName}."""
    arn = parse_role_arn(request["RoleArn"])
    name = arn.resource.rpartition("/")[2]
    try:
        scope = Scope(arn.account, call.scope.region)
        role = (await call.to("iam", "GetRole", {"RoleName": name}, scope))["Role"]
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
        role = {"Arn": str(arn), "RoleName": name, "RoleId": "AROA" + random_upper(17)}
    reply = await keep_role_session(call, role, request["RoleSessionName"], _DURATION_SECONDS)
    credentials: Reply = reply["Credentials"]
    return credentials
