"""SimulateCustomPolicy: what policies that are given would say of actions."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.policies import Identity
from serein.services.iam import simulation
from serein.services.iam.errors import InvalidInput
from serein.services.iam.paging import page_of_numbered


@operation(
    "SimulateCustomPolicy",
    partial="the scenarios of EC2 (ResourceHandlingOption) and the policies of organizations are refused",
)
async def simulate_custom_policy(call: Call, request: Request) -> Reply:
    policy = simulation.resource_policy_of(request)
    if policy is not None and "CallerArn" not in request:
        raise InvalidInput("CallerArn must be provided when a resource policy is provided.")
    identity = Identity(simulation.input_policies(request, "PolicyInputList"), simulation.boundary_of(request, None))
    somebody = f"arn:{call.scope.partition}:iam::{call.scope.account}:user/simulated"
    principal = simulation.caller_of(request, somebody)
    owner, context = simulation.owner_of(request), simulation.context_of(request)
    found = simulation.Simulation(identity, principal, policy, owner, context)
    return page_of_numbered(request, "EvaluationResults", simulation.results(request, found))
