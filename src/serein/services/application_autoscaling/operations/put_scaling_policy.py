"""PutScalingPolicy: make or change a scaling policy of a scalable target."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import policies, store
from serein.services.application_autoscaling.errors import LimitExceededException
from serein.services.application_autoscaling.policies import MOST_POLICIES, TRACKING
from serein.services.application_autoscaling.provisioned import find_units
from serein.services.application_autoscaling.targets import ScalableTarget, address_of, next_minute


@operation(
    "PutScalingPolicy",
    partial="Target tracking of DynamoDB's predefined metrics scales; customized metrics, step scaling and predictive "
    "scaling are stored. The alarms are not shown by CloudWatch.",
    stored=("StepScalingPolicyConfiguration", "PredictiveScalingPolicyConfiguration"),
)
async def put_scaling_policy(call: Call, request: Request) -> Reply:
    scope, address, name = call.scope, address_of(request), request["PolicyName"]

    def write(tx: Transaction) -> tuple[ScalableTarget, dict[str, Any]]:
        target = store.require_target(tx, scope, address, "registered")
        others = store.parts_of(tx, store.POLICIES, target.arn)
        known = others.get(name)
        kind, configuration = policies.parse_policy(request, address, known)
        if kind == TRACKING:
            policies.require_single_metric(name, configuration, others)
        if known is None and len(others) >= MOST_POLICIES:
            raise LimitExceededException(f"A scalable target cannot have more than {MOST_POLICIES} scaling policies")
        policy = known or policies.new_policy(scope, address, name, tx.now)
        policy = policies.changed_policy(policy, kind, configuration, scope, address)
        store.put_part(tx, store.POLICIES, target.arn, name, policy)
        if target.is_scaled_here:
            store.set_due(tx, target.arn, next_minute(tx.now))
        return target, policy

    target, policy = await call.write(write)
    if target.is_scaled_here and policies.find_rule({name: policy}) is not None:
        # Why now: what is consumed counts from the first question on.
        await find_units(call, target)
    return {"PolicyARN": policy["PolicyARN"], "Alarms": policy["Alarms"]}
