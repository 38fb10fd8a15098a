"""What policies of a signer allow on an API: for WebSockets and `@connections`, which have no policy of their own."""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import Signer
from serein.kernel.policies import Identity, Request, caller_context, caller_principal, decide_identity
from serein.kernel.scope import Scope


async def is_permitted(
    platform: Platform, signer: Signer, action: str, arn: str, owner: Scope, client_address: str
) -> bool:
    """Whether the signer may do `action` to `arn`, which `owner` has. Policies count where signatures are enforced."""
    if signer.account != owner.account:
        return False
    if platform.signatures is None or not platform.signatures.is_enforced:
        return True
    caller = signer.caller
    if platform.catalog.find_operation("iam", "FindIdentity") is None:
        return True
    asked = {"Arn": caller.arn, "AccessKeyId": caller.access_key_id}
    try:
        found: dict[str, Any] = await platform.call("iam", "FindIdentity", asked, scope=owner)
    except AwsError:  # a role or a user that isn't there has no policy that allows anything
        return False
    identity: Identity | None = found["Identity"]
    if identity is None:
        return True
    context = {
        **caller_context(caller, owner.region, platform.clock.now()),
        **(identity.context or {}),
        "aws:SourceIp": client_address,
    }
    return decide_identity(Request(action, arn, caller_principal(caller), context), identity).is_allowed
