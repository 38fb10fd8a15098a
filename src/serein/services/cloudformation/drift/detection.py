"""Looking at a stack's resources and comparing them with what the stack made them."""

from collections.abc import Collection

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.cloudformation.drift import store
from serein.services.cloudformation.drift.attachments import without_attachments, without_stack_tags
from serein.services.cloudformation.drift.comparison import differences, shown_part
from serein.services.cloudformation.drift.store import ResourceDrift
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.live.catalog import LIVE
from serein.services.cloudformation.live.looking import Look
from serein.services.cloudformation.references import has_references
from serein.services.cloudformation.stacks import Stack, StackResource
from serein.services.cloudformation.store import resources

_CHECKED_IN = frozenset(
    {
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
    }
)


def require_checkable(stack: Stack) -> None:
    """Raise ValidationError unless the stack's state lets drift be detected."""
    if stack.status not in _CHECKED_IN:
        raise ValidationError(
            f"Drift detection cannot be performed on stack [{stack.stack_id}] while it is in {stack.status} state"
        )


def resources_to_check(tx: Transaction, stack: Stack, wanted: Collection[str]) -> list[StackResource]:
    """A stack's resources, to look at those that are `wanted` (all when empty). Raises ValidationError."""
    rows = [it for it in resources.resources_of(tx, stack.stack_id) if not it.slot and it.physical_id]
    unknown = sorted(set(wanted) - {row.logical_id for row in rows})
    if unknown:
        raise ValidationError(f"Resource {unknown[0]} does not exist for stack {stack.name}")
    return rows


async def detect(call: Call, stack: Stack, rows: list[StackResource], wanted: Collection[str]) -> list[ResourceDrift]:
    """Look at resources and keep what was found; those of types that can't be looked at are left out."""
    look = Look(call.platform, stack.scope)
    found = []
    for row in rows:
        if row.type in LIVE and (not wanted or row.logical_id in wanted):
            found.append(await _drift(call, look, stack, row, rows))

    def write(tx: Transaction) -> None:
        for drift in found:
            store.save_drift(tx, drift)

    await call.write(write)
    return found


async def _drift(call: Call, look: Look, stack: Stack, row: StackResource, rows: list[StackResource]) -> ResourceDrift:
    live = LIVE[row.type]
    # AWS: what dynamic references stand for isn't compared.
    expected = {
        name: value for name, value in row.properties.items() if name in live.reads and not has_references(value)
    }
    drift = ResourceDrift(stack.stack_id, row.logical_id, "IN_SYNC", call.now, row.physical_id, row.type, expected)
    try:
        actual = await live.read(look, live.identifier_of(row.physical_id, row.properties, row.attributes))
    except AwsError as error:
        drift.status, drift.reason = "UNKNOWN", error.message
        return drift
    if actual is None:
        drift.status = "DELETED"
        return drift
    actual = without_stack_tags(row, without_attachments(row, actual, rows), stack.definition.tags)
    drift.actual = shown_part(expected, actual)
    drift.differences = [
        {
            "PropertyPath": it.path,
            "ExpectedValue": it.expected,
            "ActualValue": it.actual,
            "DifferenceType": it.kind,
        }
        for it in differences(expected, actual)
    ]
    drift.status = "MODIFIED" if drift.differences else "IN_SYNC"
    return drift


def stack_status(found: list[ResourceDrift]) -> str:
    """What resources' drift makes of their stack."""
    return "DRIFTED" if any(is_drifted(drift) for drift in found) else "IN_SYNC"


def is_drifted(drift: ResourceDrift) -> bool:
    return drift.status in ("MODIFIED", "DELETED")
