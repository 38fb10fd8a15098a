"""KeepSession: form and keep temporary credentials, on behalf of STS; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.access_keys import TEMPORARY, new_access_key_id, new_secret, new_session_token
from serein.services.iam.store import keys
from serein.services.iam.store.keys import Session


@operation("KeepSession", internal=True)
async def keep_session(call: Call, request: Request) -> Reply:
    """Keep credentials for {Arn, UserId, DurationSeconds} in the caller's account; reply with STS's Credentials.

    Details, if they are given, are what policies ask of the session: RoleArn; BaseArn, where the policies of another
    principal count; Policy and PolicyArns, which limit it; IsFederated; Tags; SourceIdentity.
    """
    account = call.scope.account
    session = Session(
        access_key_id=new_access_key_id(TEMPORARY, account),
        account=account,
        secret=new_secret(),
        token=new_session_token(),
        arn=request["Arn"],
        user_id=request["UserId"],
        expires_at=float(int(call.now) + request["DurationSeconds"]),
        details=request.get("Details", {}),
    )
    await call.write(lambda tx: keys.insert_session(tx, session))
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires_at,
    }
