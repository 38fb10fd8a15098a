"""AssumeRole: temporary credentials for a session of a role."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sts.errors import ValidationError
from serein.services.sts.roles import DEFAULT_DURATION_SECONDS, keep_role_session, parse_role_arn, require_role
from serein.services.sts.sessions import session_details
from serein.services.sts.trust import require_trusted


@operation(
    "AssumeRole",
    partial="policies and tags of sessions count where identities' policies are evaluated; MFA is not checked",
    stored=("TransitiveTagKeys", "ProvidedContexts"),
)
async def assume_role(call: Call, request: Request) -> Reply:
    """With signatures enforced, the role's trust policy decides who may."""
    role = await require_role(call, parse_role_arn(request["RoleArn"]))
    if call.is_asked:
        require_trusted(call, role, request)
    duration = request.get("DurationSeconds", DEFAULT_DURATION_SECONDS)
    if duration > role["MaxSessionDuration"]:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    reply = await keep_role_session(call, role, request["RoleSessionName"], duration, session_details(request))
    if "SourceIdentity" in request:
        reply["SourceIdentity"] = request["SourceIdentity"]
    return reply
