"""What roles, users and groups do alike with policies and tags; the operations differ in their words only."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request
from serein.services.iam import documents
from serein.services.iam.entities import Entity, Kind, encoded, is_aws_managed
from serein.services.iam.errors import InvalidInput, LimitExceeded, NoSuchEntity
from serein.services.iam.paging import page_of_all
from serein.services.iam.store import identities

_MOST_TAGS = 50
_MOST_ATTACHMENTS = 20


def _nouns(kind: Kind) -> str:
    return f"{kind.key.capitalize()}Name"


async def put_inline(call: Call, request: Request, kind: Kind) -> Reply:
    documents.check_identity_policy(request["PolicyDocument"])

    def write(tx: Transaction) -> None:
        entity = identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)])
        identities.put_inline(tx, entity, request["PolicyName"], request["PolicyDocument"])

    await call.write(write)
    return {}


async def get_inline(call: Call, request: Request, kind: Kind) -> Reply:
    def read(tx: Transaction) -> Reply:
        entity = identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)])
        document = dict(identities.inline_policies(tx, entity)).get(request["PolicyName"])
        if document is None:
            raise _no_inline(kind, request["PolicyName"])
        return {
            _nouns(kind): entity.name,
            "PolicyName": request["PolicyName"],
            "PolicyDocument": encoded(document),
        }

    return await call.read(read)


async def list_inline(call: Call, request: Request, kind: Kind) -> Reply:
    def read(tx: Transaction) -> list[str]:
        entity = identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)])
        return [name for name, _ in identities.inline_policies(tx, entity)]

    return page_of_all(request, "PolicyNames", await call.read(read), str, str)


async def delete_inline(call: Call, request: Request, kind: Kind) -> Reply:
    def write(tx: Transaction) -> None:
        entity = identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)])
        if not identities.delete_inline(tx, entity, request["PolicyName"]):
            raise _no_inline(kind, request["PolicyName"])

    await call.write(write)
    return {}


def _no_inline(kind: Kind, policy_name: str) -> NoSuchEntity:
    return NoSuchEntity(f"The {kind.key} policy with name {policy_name} cannot be found.")


async def attach(call: Call, request: Request, kind: Kind) -> Reply:
    policy_arn = request["PolicyArn"]

    def write(tx: Transaction) -> None:
        entity = identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)])
        require_attachable(tx, call.scope.account, policy_arn)
        attached = identities.attached_policies(tx, entity)
        if policy_arn not in attached and len(attached) >= _MOST_ATTACHMENTS:
            raise LimitExceeded(f"Cannot exceed quota for PoliciesPer{kind.key.capitalize()}: {_MOST_ATTACHMENTS}")
        identities.attach(tx, entity, policy_arn)

    await call.write(write)
    return {}


def require_attachable(tx: Transaction, account: str, policy_arn: str) -> None:
    """Raise NoSuchEntity unless the policy exists; AWS's own are known by the form of their ARN."""
    if is_aws_managed(policy_arn):
        return
    if not policy_arn.startswith("arn:"):
        raise InvalidInput(f"ARN {policy_arn} is not valid.")
    try:
        identities.require_policy(tx, account, policy_arn)
    except NoSuchEntity:
        raise NoSuchEntity(f"Policy {policy_arn} does not exist or is not attachable.") from None


async def detach(call: Call, request: Request, kind: Kind) -> Reply:
    def write(tx: Transaction) -> None:
        entity = identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)])
        if not identities.detach(tx, entity, request["PolicyArn"]):
            raise NoSuchEntity(f"Policy {request['PolicyArn']} was not found.")

    await call.write(write)
    return {}


async def list_attached(call: Call, request: Request, kind: Kind) -> Reply:
    prefix = request.get("PathPrefix", "/")

    def read(tx: Transaction) -> list[str]:
        entity = identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)])
        return identities.attached_policies(tx, entity)

    found = [arn for arn in await call.read(read) if arn.split(":", 5)[5].removeprefix("policy").startswith(prefix)]
    return page_of_all(request, "AttachedPolicies", found, str, _attached)


def _attached(policy_arn: str) -> dict[str, Any]:
    return {"PolicyName": policy_arn.rpartition("/")[2], "PolicyArn": policy_arn}


async def tag(call: Call, request: Request, kind: Kind) -> Reply:
    def write(tx: Transaction) -> None:
        add_tags(tx, identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)]), request["Tags"])

    await call.write(write)
    return {}


async def untag(call: Call, request: Request, kind: Kind) -> Reply:
    def write(tx: Transaction) -> None:
        remove_tags(
            tx, identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)]), request["TagKeys"]
        )

    await call.write(write)
    return {}


async def list_tags(call: Call, request: Request, kind: Kind) -> Reply:
    entity = await call.read(lambda tx: identities.require_entity(tx, call.scope.account, kind, request[_nouns(kind)]))
    return tags_reply(request, entity)


def tags_reply(request: Request, entity: Entity) -> Reply:
    """A page of an entity's tags."""
    return page_of_all(request, "Tags", entity.fields.get("Tags", []), lambda tag: str(tag["Key"]), dict)


def add_tags(tx: Transaction, entity: Entity, tags: list[dict[str, str]]) -> None:
    """Set tags. Raises InvalidInput on a key given twice, LimitExceeded beyond fifty."""
    entity.fields["Tags"] = merged_tags(entity.fields.get("Tags", []), tags)
    identities.save_entity(tx, entity)


def remove_tags(tx: Transaction, entity: Entity, keys: list[str]) -> None:
    entity.fields["Tags"] = [tag for tag in entity.fields.get("Tags", []) if tag["Key"] not in keys]
    identities.save_entity(tx, entity)


def merged_tags(old: list[dict[str, str]], new: list[dict[str, str]]) -> list[dict[str, str]]:
    """Tags as kept, by key. AWS: keys differ regardless of case."""
    keys = [tag["Key"].lower() for tag in new]
    if len(set(keys)) != len(keys):
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith("aws:") for key in keys):
        raise InvalidInput("aws: prefixed tag key names are not allowed for external use.")
    merged = {tag["Key"].lower(): tag for tag in old} | {tag["Key"].lower(): tag for tag in new}
    if len(merged) > _MOST_TAGS:
        raise LimitExceeded(f"The number of tags has reached the maximum limit of {_MOST_TAGS}.")
    return [{"Key": tag["Key"], "Value": tag.get("Value", "")} for _, tag in sorted(merged.items())]
