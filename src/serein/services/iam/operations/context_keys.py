"""GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy: the condition keys that policies read."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.policies import NamedPolicy
from serein.services.iam.context_keys import keys_named
from serein.services.iam.identity import find_identity
from serein.services.iam.simulation import input_policies


@operation("GetContextKeysForCustomPolicy")
async def get_context_keys_for_custom_policy(call: Call, request: Request) -> Reply:
    return _reply(input_policies(request, "PolicyInputList"))


@operation("GetContextKeysForPrincipalPolicy")
async def get_context_keys_for_principal_policy(call: Call, request: Request) -> Reply:
    identity = await call.read(lambda tx: find_identity(tx, call.platform, request["PolicySourceArn"]))
    return _reply((*identity.policies, *input_policies(request, "PolicyInputList")))


def _reply(policies: tuple[NamedPolicy, ...]) -> Reply:
    names: dict[str, str] = {}
    for named in policies:
        names = keys_named(named.text) | names
    return {"ContextKeyNames": [names[key] for key in sorted(names)]}
