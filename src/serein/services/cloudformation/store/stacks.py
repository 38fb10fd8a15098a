"""The SQL of stacks, their events, exports and imports."""

import json
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.parameters import Parameter
from serein.services.cloudformation.stacks import Definition, Settings, Stack
from serein.services.cloudformation.store import aliases

_COLUMNS = (
    "stack_id, account, region, name, status, reason, created_at, updated_at, deleted_at, operation, turn, is_parked,"
    " definition, previous, settings, outputs"
)


def encode_definition(definition: Definition | None) -> str:
    if definition is None:
        return ""
    # Why not asdict: it copies the whole template before it is written.
    members = {field.name: getattr(definition, field.name) for field in fields(definition)}
    members["parameters"] = {name: asdict(parameter) for name, parameter in definition.parameters.items()}
    return json.dumps(members, separators=(",", ":"))


@lru_cache(maxsize=32)
def decode_definition(text: str) -> Definition:
    """The definition that was kept as this text. Invariant: nobody changes a definition, so readers share it."""
    members = json.loads(text)
    members["parameters"] = {name: Parameter(**parameter) for name, parameter in members["parameters"].items()}
    return Definition(**members)


def _stack(row: tuple[Any, ...]) -> Stack:
    return Stack(
        stack_id=row[0],
        scope=Scope(row[1], row[2]),
        name=row[3],
        status=row[4],
        reason=row[5],
        created_at=row[6],
        updated_at=row[7],
        deleted_at=row[8],
        operation=row[9],
        turn=row[10],
        is_parked=bool(row[11]),
        definition=decode_definition(row[12]),
        previous=decode_definition(row[13]) if row[13] else None,
        settings=Settings(**json.loads(row[14])),
        outputs=json.loads(row[15]),
    )


def insert_stack(tx: Transaction, stack: Stack) -> bool:
    """Make a stack; False when a live one has its name."""
    return bool(
        tx.run(
            f"INSERT INTO cloudformation_stacks (live_name, last_event, {_COLUMNS}) VALUES (:name, 0, :stack_id,"
            " :account, :region, :name, :status, :reason, :created_at, :updated_at, :deleted_at, :operation, :turn,"
            " :is_parked, :definition, :previous, :settings, :outputs) ON CONFLICT DO NOTHING",
            **_values(stack),
        )
    )


def save_stack(tx: Transaction, stack: Stack) -> None:
    """Keep everything about a stack; a deleted one gives its name back."""
    tx.run(
        "UPDATE cloudformation_stacks SET live_name = :live_name, status = :status, reason = :reason,"
        " updated_at = :updated_at, deleted_at = :deleted_at, operation = :operation, turn = :turn,"
        " is_parked = :is_parked, definition = :definition, previous = :previous, settings = :settings,"
        " outputs = :outputs WHERE stack_id = :stack_id",
        live_name=stack.name if stack.is_live else stack.stack_id,
        **{key: value for key, value in _values(stack).items() if key not in _FIXED},
    )


_FIXED = frozenset({"account", "region", "name", "created_at"})


def _values(stack: Stack) -> dict[str, Any]:
    return {
        "stack_id": stack.stack_id,
        "account": stack.scope.account,
        "region": stack.scope.region,
        "name": stack.name,
        "status": stack.status,
        "reason": stack.reason,
        "created_at": stack.created_at,
        "updated_at": stack.updated_at,
        "deleted_at": stack.deleted_at,
        "operation": stack.operation,
        "turn": stack.turn,
        "is_parked": int(stack.is_parked),
        "definition": encode_definition(stack.definition),
        "previous": encode_definition(stack.previous),
        "settings": json.dumps(asdict(stack.settings), separators=(",", ":")),
        "outputs": json.dumps(stack.outputs),
    }


def find_stack(tx: Transaction, scope: Scope, name_or_id: str) -> Stack | None:
    """Return a live stack by its name or alias, or any stack by its id."""
    if name_or_id.startswith("arn:"):
        row = tx.one(f"SELECT {_COLUMNS} FROM cloudformation_stacks WHERE stack_id = :id", id=name_or_id)
    else:
        row = tx.one(
            f"SELECT {_COLUMNS} FROM cloudformation_stacks"
            " WHERE account = :account AND region = :region AND live_name = :name",
            account=scope.account,
            region=scope.region,
            name=name_or_id,
        )
        if row is None and (stack_id := aliases.find_stack_id(tx, scope, name_or_id)):
            row = tx.one(f"SELECT {_COLUMNS} FROM cloudformation_stacks WHERE stack_id = :id", id=stack_id)
    found = _stack(row) if row else None
    return found if found is not None and found.scope.account == scope.account else None


def require_stack(tx: Transaction, scope: Scope, name_or_id: str) -> Stack:
    """Return the stack. Raises ValidationError."""
    found = find_stack(tx, scope, name_or_id)
    if found is None:
        raise ValidationError(f"Stack with id {name_or_id} does not exist")
    return found


def stack_by_id(tx: Transaction, stack_id: str) -> Stack:
    """The stack that is known to be there."""
    row = tx.one(f"SELECT {_COLUMNS} FROM cloudformation_stacks WHERE stack_id = :id", id=stack_id)
    if row is None:
        raise ValidationError(f"Stack with id {stack_id} does not exist")
    return _stack(row)


def turn_of(tx: Transaction, stack_id: str) -> int | None:
    row = tx.one("SELECT turn FROM cloudformation_stacks WHERE stack_id = :id", id=stack_id)
    return row[0] if row else None


def is_cancel_wanted(tx: Transaction, stack_id: str) -> bool:
    """Whether the update that runs is to be taken back."""
    row = tx.one("SELECT settings FROM cloudformation_stacks WHERE stack_id = :id", id=stack_id)
    return row is not None and bool(json.loads(row[0]).get("is_cancel_wanted"))


def list_stacks(
    tx: Transaction, scope: Scope, *, is_live: bool, before: tuple[float, str] | None, limit: int
) -> list[Stack]:
    """Up to `limit` stacks, newest first, older than `before`."""
    live = " AND live_name = name" if is_live else ""
    older = " AND (created_at < :at OR (created_at = :at AND stack_id < :id))" if before else ""
    values: dict[str, Any] = {"at": before[0], "id": before[1]} if before else {}
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudformation_stacks WHERE account = :account AND region = :region{live}{older}"
        " ORDER BY created_at DESC, stack_id DESC LIMIT :limit",
        account=scope.account,
        region=scope.region,
        limit=limit,
        **values,
    )
    return [_stack(row) for row in rows]


# Exports and imports


def exports_of(tx: Transaction, scope: Scope) -> list[tuple[str, str, str]]:
    """(name, value, stack id) by name."""
    rows = tx.all(
        "SELECT name, value, stack_id FROM cloudformation_exports"
        " WHERE account = :account AND region = :region ORDER BY name",
        account=scope.account,
        region=scope.region,
    )
    return [(row[0], row[1], row[2]) for row in rows]


def outputs_of_all(tx: Transaction) -> dict[tuple[str, str, str, str], str]:
    """Every live stack's outputs by account, region, stack's name and output's name."""
    rows = tx.all("SELECT account, region, name, outputs FROM cloudformation_stacks WHERE live_name = name")
    return {
        (account, region, name, output["OutputKey"]): output["OutputValue"]
        for account, region, name, outputs in rows
        for output in json.loads(outputs)
    }


def importers_of(tx: Transaction, scope: Scope, name: str) -> list[str]:
    """The names of the stacks that import an export."""
    rows = tx.all(
        "SELECT s.name FROM cloudformation_imports i JOIN cloudformation_stacks s ON s.stack_id = i.stack_id"
        " WHERE i.account = :account AND i.region = :region AND i.name = :name ORDER BY s.name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return [row[0] for row in rows]


def require_unused_exports(tx: Transaction, stack: Stack) -> None:
    """Raise ValidationError when another stack imports what this one exports."""
    for name, _, owner in exports_of(tx, stack.scope):
        users = importers_of(tx, stack.scope, name) if owner == stack.stack_id else []
        if users:
            raise ValidationError(f"Export {name} cannot be deleted as it is in use by {' and '.join(users)}")


def replace_exports(tx: Transaction, stack: Stack, exports: dict[str, str]) -> None:
    """Make `exports` the stack's exports. Raises ValidationError when one is taken or in use."""
    scope = stack.scope
    kept = {name: (value, owner) for name, value, owner in exports_of(tx, scope)}
    for name, (value, owner) in kept.items():
        if owner != stack.stack_id or exports.get(name) == value:
            continue
        users = importers_of(tx, scope, name)
        if users:
            verb = "updated" if name in exports else "deleted"
            raise ValidationError(f"Export {name} cannot be {verb} as it is in use by {' and '.join(users)}")
    for name in exports:
        if name in kept and kept[name][1] != stack.stack_id:
            owner_name = kept[name][1].split("/")[1]
            raise ValidationError(f"Export with name {name} is already exported by stack {owner_name}")
    forget_exports(tx, stack.stack_id)
    for name, value in exports.items():
        tx.run(
            "INSERT INTO cloudformation_exports (account, region, name, value, stack_id)"
            " VALUES (:account, :region, :name, :value, :id)",
            account=scope.account,
            region=scope.region,
            name=name,
            value=value,
            id=stack.stack_id,
        )


def forget_exports(tx: Transaction, stack_id: str) -> None:
    tx.run("DELETE FROM cloudformation_exports WHERE stack_id = :id", id=stack_id)


def replace_imports(tx: Transaction, stack: Stack, names: set[str]) -> None:
    tx.run("DELETE FROM cloudformation_imports WHERE stack_id = :id", id=stack.stack_id)
    for name in sorted(names):
        tx.run(
            "INSERT INTO cloudformation_imports (account, region, name, stack_id)"
            " VALUES (:account, :region, :name, :id)",
            account=stack.scope.account,
            region=stack.scope.region,
            name=name,
            id=stack.stack_id,
        )
