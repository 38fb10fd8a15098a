"""All of IAM's SQL."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import random_upper
from serein.services.iam.entities import INSTANCE_PROFILE, POLICY, Entity, Fields, Kind, key_of
from serein.services.iam.errors import EntityAlreadyExists, NoSuchEntity
from serein.services.iam.store.revisions import next_revision

_COLUMNS = "account, kind, name, path, id, created_at, fields"


def _entity(row: tuple[Any, ...]) -> Entity:
    account, kind, name, path, id, created_at, fields = row
    return Entity(account, kind, name, path, id, created_at, json.loads(fields))


def insert_entity(tx: Transaction, account: str, kind: Kind, name: str, path: str, fields: Fields) -> Entity:
    """Make an entity. Raises EntityAlreadyExists."""
    entity = Entity(account, kind.key, name, path, kind.id_prefix + random_upper(17), tx.now, fields)
    made = tx.run(
        f"INSERT INTO iam_entities (key, {_COLUMNS}) VALUES (:key, :account, :kind, :name, :path, :id, :now, :fields)"
        " ON CONFLICT (account, kind, key) DO NOTHING",
        key=entity.key,
        account=account,
        kind=kind.key,
        name=name,
        path=path,
        id=entity.id,
        now=tx.now,
        fields=json.dumps(fields),
    )
    next_revision(tx, account)
    if not made:
        raise EntityAlreadyExists(kind.existing.format(name))
    return entity


def find_entity(tx: Transaction, account: str, kind: Kind, name: str) -> Entity | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM iam_entities WHERE account = :account AND kind = :kind AND key = :key",
        account=account,
        kind=kind.key,
        key=key_of(name),
    )
    return _entity(row) if row else None


def require_entity(tx: Transaction, account: str, kind: Kind, name: str) -> Entity:
    """Return the entity. Raises NoSuchEntity with its kind's words."""
    found = find_entity(tx, account, kind, name)
    if found is None:
        raise kind.absent(name)
    return found


def list_entities(tx: Transaction, account: str, kind: Kind, path_prefix: str, after: str, limit: int) -> list[Entity]:
    """Up to `limit` entities whose key is beyond `after`, by key."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM iam_entities WHERE account = :account AND kind = :kind AND key > :after"
        " AND path >= :low AND path < :high ORDER BY key LIMIT :limit",
        account=account,
        kind=kind.key,
        after=after,
        low=path_prefix,
        high=path_prefix + "\U0010ffff",
        limit=limit,
    )
    return [_entity(row) for row in rows]


def save_entity(tx: Transaction, entity: Entity) -> None:
    """Keep an entity's changed fields."""
    next_revision(tx, entity.account)
    tx.run(
        "UPDATE iam_entities SET fields = :fields WHERE account = :account AND kind = :kind AND key = :key",
        fields=json.dumps(entity.fields),
        account=entity.account,
        kind=entity.kind,
        key=entity.key,
    )


def rename_entity(tx: Transaction, entity: Entity, name: str, path: str) -> None:
    """Move an entity and all that hangs on it to another name and path. Raises EntityAlreadyExists."""
    where: dict[str, Any] = {"account": entity.account, "kind": entity.kind, "old": entity.key, "new": key_of(name)}
    if where["old"] != where["new"]:
        taken = tx.one("SELECT 1 FROM iam_entities WHERE account = :account AND kind = :kind AND key = :new", **where)
        if taken:
            raise EntityAlreadyExists(f"{entity.kind.capitalize()} with name {name} already exists.")
    next_revision(tx, entity.account)
    for table in ("iam_inline_policies", "iam_attachments", "iam_members"):
        tx.run(f"UPDATE {table} SET key = :new WHERE account = :account AND kind = :kind AND key = :old", **where)
    if entity.kind == "user":
        keys = {"account": entity.account, "old": where["old"], "new": where["new"]}
        tx.run("UPDATE iam_access_keys SET user_key = :new WHERE account = :account AND user_key = :old", **keys)
        tx.run(
            "UPDATE iam_members SET member_key = :new"
            " WHERE account = :account AND kind = 'group' AND member_key = :old",
            **keys,
        )
    tx.run(
        "UPDATE iam_entities SET key = :new, name = :name, path = :path"
        " WHERE account = :account AND kind = :kind AND key = :old",
        name=name,
        path=path,
        **where,
    )


def delete_entity(tx: Transaction, entity: Entity) -> None:
    next_revision(tx, entity.account)
    tx.run(
        "DELETE FROM iam_entities WHERE account = :account AND kind = :kind AND key = :key",
        account=entity.account,
        kind=entity.kind,
        key=entity.key,
    )


# Inline policies


def put_inline(tx: Transaction, entity: Entity, policy_name: str, document: str) -> None:
    next_revision(tx, entity.account)
    tx.run(
        "INSERT INTO iam_inline_policies (account, kind, key, policy_name, document)"
        " VALUES (:account, :kind, :key, :policy_name, :document)"
        " ON CONFLICT (account, kind, key, policy_name) DO UPDATE SET document = excluded.document",
        account=entity.account,
        kind=entity.kind,
        key=entity.key,
        policy_name=policy_name,
        document=document,
    )


def inline_policies(tx: Transaction, entity: Entity) -> list[tuple[str, str]]:
    """Names and documents, by name."""
    rows = tx.all(
        "SELECT policy_name, document FROM iam_inline_policies"
        " WHERE account = :account AND kind = :kind AND key = :key ORDER BY policy_name",
        account=entity.account,
        kind=entity.kind,
        key=entity.key,
    )
    return [(row[0], row[1]) for row in rows]


def delete_inline(tx: Transaction, entity: Entity, policy_name: str) -> bool:
    """Whether there was such a policy."""
    next_revision(tx, entity.account)
    return bool(
        tx.run(
            "DELETE FROM iam_inline_policies"
            " WHERE account = :account AND kind = :kind AND key = :key AND policy_name = :policy_name",
            account=entity.account,
            kind=entity.kind,
            key=entity.key,
            policy_name=policy_name,
        )
    )


# Attachments of managed policies


def attach(tx: Transaction, entity: Entity, policy_arn: str) -> None:
    next_revision(tx, entity.account)
    tx.run(
        "INSERT INTO iam_attachments (account, kind, key, policy_arn) VALUES (:account, :kind, :key, :arn)"
        " ON CONFLICT (account, kind, key, policy_arn) DO NOTHING",
        account=entity.account,
        kind=entity.kind,
        key=entity.key,
        arn=policy_arn,
    )


def detach(tx: Transaction, entity: Entity, policy_arn: str) -> bool:
    """Whether the policy was attached."""
    next_revision(tx, entity.account)
    return bool(
        tx.run(
            "DELETE FROM iam_attachments"
            " WHERE account = :account AND kind = :kind AND key = :key AND policy_arn = :arn",
            account=entity.account,
            kind=entity.kind,
            key=entity.key,
            arn=policy_arn,
        )
    )


def attached_policies(tx: Transaction, entity: Entity) -> list[str]:
    rows = tx.all(
        "SELECT policy_arn FROM iam_attachments"
        " WHERE account = :account AND kind = :kind AND key = :key ORDER BY policy_arn",
        account=entity.account,
        kind=entity.kind,
        key=entity.key,
    )
    return [row[0] for row in rows]


def attached_entities(tx: Transaction, account: str, policy_arn: str) -> list[Entity]:
    """Who a policy is attached to, by kind and name."""
    columns = ", ".join(f"e.{column}" for column in _COLUMNS.split(", "))
    rows = tx.all(
        f"SELECT {columns} FROM iam_attachments a JOIN iam_entities e"
        " ON e.account = a.account AND e.kind = a.kind AND e.key = a.key"
        " WHERE a.account = :account AND a.policy_arn = :arn ORDER BY e.kind, e.key",
        account=account,
        arn=policy_arn,
    )
    return [_entity(row) for row in rows]


# Managed policies


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    number: int
    document: str
    created_at: float


def require_policy(tx: Transaction, account: str, policy_arn: str) -> Entity:
    """Return a customer-managed policy. Raises NoSuchEntity."""
    parts = policy_arn.split(":", 5)
    if len(parts) == 6 and parts[4] == account:
        found = find_entity(tx, account, POLICY, parts[5].rpartition("/")[2])
        if found is not None and found.arn(parts[1]) == policy_arn:
            return found
    raise NoSuchEntity(f"Policy {policy_arn} was not found.")


def append_version(tx: Transaction, policy: Entity, number: int, document: str) -> PolicyVersion:
    next_revision(tx, policy.account)
    tx.run(
        "INSERT INTO iam_policy_versions (account, key, version, document, created_at)"
        " VALUES (:account, :key, :version, :document, :now)",
        account=policy.account,
        key=policy.key,
        version=number,
        document=document,
        now=tx.now,
    )
    return PolicyVersion(number, document, tx.now)


def policy_versions(tx: Transaction, policy: Entity) -> list[PolicyVersion]:
    """A policy's versions, newest first."""
    rows = tx.all(
        "SELECT version, document, created_at FROM iam_policy_versions"
        " WHERE account = :account AND key = :key ORDER BY version DESC",
        account=policy.account,
        key=policy.key,
    )
    return [PolicyVersion(*row) for row in rows]


def delete_version(tx: Transaction, policy: Entity, number: int) -> None:
    next_revision(tx, policy.account)
    tx.run(
        "DELETE FROM iam_policy_versions WHERE account = :account AND key = :key AND version = :version",
        account=policy.account,
        key=policy.key,
        version=number,
    )


# Members: the users of a group, the role of an instance profile


def add_member(tx: Transaction, owner: Entity, member: Entity) -> None:
    next_revision(tx, owner.account)
    tx.run(
        "INSERT INTO iam_members (account, kind, key, member_key) VALUES (:account, :kind, :key, :member)"
        " ON CONFLICT (account, kind, key, member_key) DO NOTHING",
        account=owner.account,
        kind=owner.kind,
        key=owner.key,
        member=member.key,
    )


def remove_member(tx: Transaction, owner: Entity, member: Entity) -> bool:
    """Whether it was a member."""
    next_revision(tx, owner.account)
    return bool(
        tx.run(
            "DELETE FROM iam_members WHERE account = :account AND kind = :kind AND key = :key AND member_key = :member",
            account=owner.account,
            kind=owner.kind,
            key=owner.key,
            member=member.key,
        )
    )


def members_of(tx: Transaction, owner: Entity) -> list[Entity]:
    member_kind = "role" if owner.kind == INSTANCE_PROFILE.key else "user"
    columns = ", ".join(f"e.{column}" for column in _COLUMNS.split(", "))
    rows = tx.all(
        f"SELECT {columns} FROM iam_members m JOIN iam_entities e"
        " ON e.account = m.account AND e.kind = :member_kind AND e.key = m.member_key"
        " WHERE m.account = :account AND m.kind = :kind AND m.key = :key ORDER BY e.key",
        member_kind=member_kind,
        account=owner.account,
        kind=owner.kind,
        key=owner.key,
    )
    return [_entity(row) for row in rows]


def owners_of(tx: Transaction, member: Entity) -> list[Entity]:
    """The groups of a user, the instance profiles of a role."""
    owner_kind = INSTANCE_PROFILE.key if member.kind == "role" else "group"
    columns = ", ".join(f"e.{column}" for column in _COLUMNS.split(", "))
    rows = tx.all(
        f"SELECT {columns} FROM iam_members m JOIN iam_entities e"
        " ON e.account = m.account AND e.kind = m.kind AND e.key = m.key"
        " WHERE m.account = :account AND m.kind = :kind AND m.member_key = :member ORDER BY e.key",
        account=member.account,
        kind=owner_kind,
        member=member.key,
    )
    return [_entity(row) for row in rows]
