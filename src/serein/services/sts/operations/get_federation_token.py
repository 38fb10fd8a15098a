"""GetFederationToken: temporary credentials for a user that the caller vouches for."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation

_DEFAULT_DURATION_SECONDS = 43_200


@operation(
    "GetFederationToken", partial="session policies and tags are not applied", stored=("Policy", "PolicyArns", "Tags")
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
        },
    )
    return {"Credentials": credentials, "FederatedUser": user}
