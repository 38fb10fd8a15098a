"""What bears on all that a principal does: its policies, its permissions boundary, those of its session, its tags.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from dataclasses import dataclass, replace

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.policies import Identity, NamedPolicy, compile_policy, identity_context, stored_policy
from serein.kernel.policies.requests import Value
from serein.services.iam.entities import GROUP, ROLE, USER, Entity, is_aws_managed
from serein.services.iam.errors import NoSuchEntity
from serein.services.iam.managed import find_managed
from serein.services.iam.store import identities, keys
from serein.services.iam.store.keys import Session
from serein.services.iam.store.revisions import find_revision

_MOST_KEPT = 1024
_KINDS = {"user": USER, "role": ROLE, "assumed-role": ROLE, "group": GROUP}


@dataclass(frozen=True, slots=True)
class _Kept:
    """An identity as it follows from one revision of the account's rows."""

    revision: int
    identity: Identity


def find_identity(tx: Transaction, platform: Platform, arn: str, access_key_id: str = "") -> Identity:
    """The identity of a root, a user, a role or a session. Raises NoSuchEntity when there is no such user or role."""
    found = find_arn(arn)
    if found is None:
        raise NoSuchEntity(f"The principal {arn} cannot be found.")
    session = keys.find_session(tx, access_key_id) if access_key_id.startswith("ASIA") else None
    if session is None:
        return _find_kept(tx, platform, found.account, arn)
    base = _find_kept(tx, platform, found.account, session.details.get("BaseArn", arn))
    return _of_session(tx, base, session)


def tags_context(tags: dict[str, str]) -> dict[str, Value]:
    """The condition keys that a principal's tags are."""
    return {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}


def session_context(tx: Transaction, session: Session) -> dict[str, Value]:
    """The condition keys that temporary credentials add to what their ARN tells."""
    details = session.details
    context: dict[str, Value] = {}
    role_arn = details.get("RoleArn", "")
    if role_arn:
        context["aws:PrincipalArn"] = role_arn
        role = identities.find_entity(tx, session.account, ROLE, role_arn.rpartition("/")[2])
        context |= tags_context(_tags_of(role)) if role is not None else {}
    context |= tags_context(details.get("Tags", {}))
    if "SourceIdentity" in details:
        context["aws:SourceIdentity"] = details["SourceIdentity"]
    return context


def user_context(user: Entity) -> dict[str, Value]:
    """The same for a user."""
    return tags_context(_tags_of(user))


def _tags_of(entity: Entity) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in entity.fields.get("Tags", ())}


def _find_kept(tx: Transaction, platform: Platform, account: str, arn: str) -> Identity:
    """Remembered until anything of the account's identities changes; revisions only grow."""
    revision = find_revision(tx, account)
    kept: dict[str, _Kept] = platform.memory.setdefault("iam identities", {})
    found = kept.get(arn)
    if found is None or found.revision != revision:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        found = kept[arn] = _Kept(revision, _load(tx, account, arn))
    return found.identity


def _load(tx: Transaction, account: str, arn: str) -> Identity:
    kind_name, _, path = arn.split(":", 5)[5].partition("/")
    if kind_name == "root":
        return Identity(context=identity_context(arn, account))
    kind = _KINDS.get(kind_name)
    if kind is None:
        raise NoSuchEntity(f"The principal {arn} cannot be found.")
    name = path.partition("/")[0] if kind_name == "assumed-role" else path.rpartition("/")[2]
    if kind_name == "assumed-role" and identities.find_entity(tx, account, kind, name) is None:
        # Why no error: functions run as roles that need not exist here; such a role has no policies.
        return Identity(context=identity_context(arn, ""))
    entity = identities.require_entity(tx, account, kind, name)
    unknown: list[str] = []
    policies = _policies_of(tx, entity, unknown)
    for group in identities.owners_of(tx, entity) if kind is USER else ():
        policies += _policies_of(tx, group, unknown)
    boundary_arn = entity.fields.get("PermissionsBoundary", "")
    boundary = _managed(tx, account, [boundary_arn], unknown) if boundary_arn else []
    context = identity_context(arn, entity.id if kind_name != "assumed-role" else "") | tags_context(_tags_of(entity))
    if kind is ROLE:
        context["aws:PrincipalArn"] = entity.arn(arn.split(":", 2)[1])
    # Why nothing is allowed by a boundary that can't be read: it would limit more, never less.
    limit = boundary[0] if boundary else _NOTHING if boundary_arn else None
    return Identity(tuple(policies), limit, context=context, unknown=tuple(unknown))


def _policies_of(tx: Transaction, entity: Entity, unknown: list[str]) -> list[NamedPolicy]:
    inline = [
        named_policy(
            f"{entity.kind}_{entity.name}_{name}", entity.kind, document, f"{entity.kind}/{entity.name}/{name}"
        )
        for name, document in identities.inline_policies(tx, entity)
    ]
    return inline + _managed(tx, entity.account, identities.attached_policies(tx, entity), unknown)


def _managed(tx: Transaction, account: str, arns: list[str], unknown: list[str]) -> list[NamedPolicy]:
    """Managed policies by their ARNs; those of AWS's own whose documents aren't here go to `unknown`."""
    found: list[NamedPolicy] = []
    for arn in arns:
        name, kind = arn.rpartition("/")[2], "aws-managed" if is_aws_managed(arn) else "user-managed"
        document = _document_of(tx, account, arn)
        if document is None:
            unknown.append(arn)
        else:
            found.append(named_policy(name, kind, document, arn))
    return found


def _document_of(tx: Transaction, account: str, arn: str) -> str | None:
    if is_aws_managed(arn):
        managed = find_managed(arn)
        return managed.document if managed is not None else None
    try:
        policy = identities.require_policy(tx, account, arn)
    except NoSuchEntity:
        return None
    versions = identities.policy_versions(tx, policy)
    return next((each.document for each in versions if each.number == policy.fields["DefaultVersion"]), None)


def _of_session(tx: Transaction, base: Identity, session: Session) -> Identity:
    """AWS: a session begun with policies may do what they and the identity both allow."""
    details = session.details
    context = {**(base.context or {}), **identity_context(session.arn, session.user_id)}
    context |= session_context(tx, session)
    unknown: list[str] = []
    own = [named_policy("session policy", "none", details["Policy"])] if "Policy" in details else []
    own += _managed(tx, session.account, details.get("PolicyArns", []), unknown)
    is_limited = "Policy" in details or "PolicyArns" in details or details.get("IsFederated", False)
    return replace(base, session=tuple(own) if is_limited else None, context=context, unknown=(*base.unknown, *unknown))


_NOTHING = NamedPolicy("nothing", "none", compile_policy('{"Version": "2012-10-17", "Statement": []}'))


def named_policy(name: str, kind: str, document: str, place: str = "") -> NamedPolicy:
    """A stored policy. One that was kept before its conditions were checked, and is no policy, allows nothing."""
    policy = stored_policy(document)
    return NamedPolicy(name, kind, policy if policy is not None else _NOTHING.policy, document, place)
