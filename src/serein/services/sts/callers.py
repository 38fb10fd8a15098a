"""Who a caller is, as far as IAM knows the access key that was used."""

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply


async def find_identity(call: Call) -> Reply | None:
    """Whose the caller's access key is, or None when IAM doesn't know it (any credentials are accepted by default)."""
    access_key_id = call.caller.access_key_id
    if len(access_key_id) != 20:
        return None
    try:
        return await call.to("iam", "ResolveAccessKey", {"AccessKeyId": access_key_id})
    except AwsError as error:
        if error.code == "InvalidClientTokenId":
            return None
        raise
