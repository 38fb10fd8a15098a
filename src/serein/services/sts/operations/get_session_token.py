"""GetSessionToken: temporary credentials for the caller itself."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sts.callers import find_identity

_DEFAULT_DURATION_SECONDS = 43_200


@operation("GetSessionToken", partial="MFA is not checked", stored=("SerialNumber", "TokenCode"))
async def get_session_token(call: Call, request: Request) -> Reply:
    known = await find_identity(call)
    identity = {"Arn": call.caller.arn, "UserId": call.caller.user_id} if known is None else known
    credentials = await call.to(
        "iam",
        "KeepSession",
        {
            "Arn": identity["Arn"],
            "UserId": identity["UserId"],
            "DurationSeconds": request.get("DurationSeconds", _DEFAULT_DURATION_SECONDS),
        },
    )
    return {"Credentials": credentials}
