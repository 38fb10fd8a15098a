"""ListPolicies: the account's managed policies, by name."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import POLICY, Entity, policy_reply
from serein.services.iam.errors import InvalidInput
from serein.services.iam.paging import max_items, page, position
from serein.services.iam.store import identities


@operation("ListPolicies", partial="AWS's own policies are not listed")
async def list_policies(call: Call, request: Request) -> Reply:
    if request.get("PolicyUsageFilter") == "PermissionsBoundary":
        raise InvalidInput("Serein does not know the use of policies as permissions boundaries.")
    account, after, limit = call.scope.account, position(request), max_items(request) + 1
    prefix = request.get("PathPrefix", "/")

    def read(tx: Transaction) -> list[tuple[Entity, int]]:
        if request.get("Scope") == "AWS":
            return []
        if not request.get("OnlyAttached"):
            found = identities.list_entities(tx, account, POLICY, prefix, after, limit)
            return [(it, _attachments(tx, call, it)) for it in found]
        everything = identities.list_entities(tx, account, POLICY, prefix, after, 10_000)
        return [(it, count) for it in everything if (count := _attachments(tx, call, it))][:limit]

    return page(
        request,
        "Policies",
        await call.read(read),
        lambda it: it[0].key,
        lambda it: policy_reply(it[0], it[1], call.scope.partition, is_summary=True),
    )


def _attachments(tx: Transaction, call: Call, policy: Entity) -> int:
    return len(identities.attached_entities(tx, call.scope.account, policy.arn(call.scope.partition)))
