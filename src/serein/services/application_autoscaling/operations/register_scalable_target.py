"""RegisterScalableTarget: let something be scaled, or change its bounds."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.errors import LimitExceededException, ValidationException
from serein.services.application_autoscaling.function_concurrency import find_concurrency
from serein.services.application_autoscaling.namespaces import DYNAMODB, LAMBDA, capacity_of, is_supported, most_targets
from serein.services.application_autoscaling.provisioned import find_description
from serein.services.application_autoscaling.targets import (
    Address,
    ScalableTarget,
    TargetDefinition,
    address_of,
    new_target_arn,
    next_minute,
    parse_bounds,
    parse_role,
    require_tags,
)


@operation(
    "RegisterScalableTarget",
    partial="Targets of other services than DynamoDB and Lambda are stored, and nothing of those services is scaled.",
    stored=("RoleARN",),
)
async def register_scalable_target(call: Call, request: Request) -> Reply:
    scope, address = call.scope, address_of(request)
    if not is_supported(*address):
        raise ValidationException("Unsupported service namespace, resource type or scalable dimension")
    arn = new_target_arn(scope)
    await _require_resource(call, arn, address)

    def write(tx: Transaction) -> str:
        known = store.find_target(tx, scope, address)
        if known is None and store.count_targets(tx, scope, address.namespace) >= most_targets(address.namespace):
            raise LimitExceededException(
                f"The limit of {most_targets(address.namespace)} scalable targets for service namespace "
                f"{address.namespace} is reached"
            )
        bounds = parse_bounds(request, known.definition.bounds if known else None, address.namespace)
        role = parse_role(request, scope, known.definition.role if known else None)
        tags = (known.definition.tags if known else {}) | (request.get("Tags") or {})
        require_tags(known.arn if known else arn, tags, call.caller)
        definition = known.definition if known else TargetDefinition(*bounds, role, tx.now)
        definition = replace(
            definition,
            minimum=bounds[0],
            maximum=bounds[1],
            role=role,
            tags=tags,
            suspended=definition.suspended | (request.get("SuspendedState") or {}),
        )
        target = ScalableTarget(known.arn if known else arn, scope, address, definition)
        store.put_target(tx, target, next_minute(tx.now) if target.is_scaled_here else None)
        return target.arn

    return {"ScalableTargetARN": await call.write(write)}


async def _require_resource(call: Call, arn: str, address: Address) -> None:
    """Check that a table, an index, a version or an alias is there. Raises ValidationException."""
    probe = ScalableTarget(arn, call.scope, address, TargetDefinition(0, 0, "", 0.0))
    if address.namespace == LAMBDA and await find_concurrency(call, probe) is None:
        raise ValidationException(f"Lambda function version or alias does not exist: {address.resource_id}")
    if address.namespace != DYNAMODB:
        return
    if await find_description(call, probe) is None:
        what = "index" if capacity_of(address.resource_id, address.dimension).index_name else "table"
        raise ValidationException(f"DynamoDB {what} does not exist: {address.resource_id}")
