"""FindAccessKeyAccount: the account that an access key id belongs to; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.access_keys import find_account
from serein.services.iam.errors import ValidationError


@operation("FindAccessKeyAccount", internal=True)
async def find_access_key_account(call: Call, request: Request) -> Reply:
    """Reply with Account. Raises ValidationError for what isn't the id of a key."""
    access_key_id = request["AccessKeyId"]
    account = access_key_id if access_key_id.isdigit() and len(access_key_id) == 12 else find_account(access_key_id)
    if account is None:
        raise ValidationError(f"Invalid access key id: {access_key_id}")
    return {"Account": account}
