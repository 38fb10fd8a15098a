"""GetFederationToken: temporary credentials for a user that the caller vouches for."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sts.sessions import session_details

_DEFAULT_DURATION_SECONDS = 43_200


@operation(
    "GetFederationToken",
    partial="policies and tags of sessions count where identities' policies are evaluated",
)
async def get_federation_token(call: Call, request: Request) -> Reply:
    account = call.scope.account
    user = {
        "FederatedUserId": f"{account}:{request['Name']}",
        "Arn": f"arn:{call.scope.partition}:sts::{account}:federated-user/{request['Name']}",
    }
    credentials = await call.to(
        "iam",
        "KeepSession",
        {
            "Arn": user["Arn"],
            "UserId": user["FederatedUserId"],
            "DurationSeconds": request.get("DurationSeconds", _DEFAULT_DURATION_SECONDS),
            # AWS: what such a session may do is what its policies and the user who began it both may.
            "Details": {"BaseArn": call.caller.arn, "IsFederated": True, **session_details(request)},
        },
    )
    return {"Credentials": credentials, "FederatedUser": user}
