"""ResolveAccessKey: whose an access key is, and the secret that signs for it; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import USER
from serein.services.iam.errors import ExpiredToken, InvalidClientTokenId
from serein.services.iam.identity import session_context, user_context
from serein.services.iam.store import identities, keys


@operation("ResolveAccessKey", internal=True)
async def resolve_access_key(call: Call, request: Request) -> Reply:
    """Reply with Arn, UserId, Account, SecretAccessKey and Context, for temporary credentials SessionToken too.

    The context holds condition keys: tags and what else policies ask of a principal besides its ARN.

    Raises InvalidClientTokenId for an unknown or inactive key, ExpiredToken for expired credentials.
    """

    def read(tx: Transaction) -> Reply:
        access_key_id = request["AccessKeyId"]
        session = keys.find_session(tx, access_key_id)
        if session is not None:
            if session.expires_at <= tx.now:
                raise ExpiredToken
            return {
                "Arn": session.arn,
                "UserId": session.user_id,
                "Account": session.account,
                "SecretAccessKey": session.secret,
                "SessionToken": session.token,
                "Context": session_context(tx, session),
            }
        key = keys.find_access_key(tx, access_key_id)
        if key is None or key.status != "Active":
            raise InvalidClientTokenId
        user = identities.find_entity(tx, key.account, USER, key.user_key)
        if user is None:
            raise InvalidClientTokenId
        return {
            "Arn": user.arn(call.scope.partition),
            "UserId": user.id,
            "Account": key.account,
            "SecretAccessKey": key.secret,
            "Context": user_context(user),
        }

    return await call.read(read)
