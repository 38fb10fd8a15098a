"""AssumeRole: temporary credentials for a session of a role."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sts.errors import ValidationError
from serein.services.sts.roles import DEFAULT_DURATION_SECONDS, keep_role_session, parse_role_arn, require_role


@operation(
    "AssumeRole",
    partial="trust policies are not evaluated; session policies, tags and MFA are not applied",
    stored=("Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "ExternalId", "SourceIdentity", "ProvidedContexts"),
)
async def assume_role(call: Call, request: Request) -> Reply:
    role = await require_role(call, parse_role_arn(request["RoleArn"]))
    duration = request.get("DurationSeconds", DEFAULT_DURATION_SECONDS)
    if duration > role["MaxSessionDuration"]:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    reply = await keep_role_session(call, role, request["RoleSessionName"], duration)
    if "SourceIdentity" in request:
        reply["SourceIdentity"] = request["SourceIdentity"]
    return reply
