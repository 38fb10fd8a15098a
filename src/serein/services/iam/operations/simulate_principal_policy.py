"""SimulatePrincipalPolicy: what the policies of a user, group or role say of actions."""

from dataclasses import replace

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.policies import identity_context
from serein.services.iam import simulation
from serein.services.iam.errors import InvalidInput
from serein.services.iam.exclusions import without_excluded
from serein.services.iam.identity import find_identity
from serein.services.iam.paging import page_of_numbered

_KINDS = ("user/", "group/", "role/")


@operation(
    "SimulatePrincipalPolicy",
    partial="the scenarios of EC2 (ResourceHandlingOption), and policies of AWS's own that are not here, are refused",
)
async def simulate_principal_policy(call: Call, request: Request) -> Reply:
    source: str = request["PolicySourceArn"]
    arn = find_arn(source)
    if arn is None or arn.service != "iam" or not arn.resource.startswith(_KINDS):
        raise InvalidInput(f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
    policy = simulation.resource_policy_of(request)
    kept = await call.read(lambda tx: find_identity(tx, call.platform, source))
    kept = without_excluded(kept, request.get("PolicyExclusionList", []))
    if kept.unknown:
        raise NotImplementedHere(f"Serein does not have the document of {kept.unknown[0]}")
    given = simulation.input_policies(request, "PolicyInputList")
    identity = replace(kept, policies=(*kept.policies, *given), boundary=simulation.boundary_of(request, kept.boundary))
    if "CallerArn" not in request and policy is not None and not arn.resource.startswith("user/"):
        raise InvalidInput("CallerArn must be provided when a resource policy is provided.")
    principal = simulation.caller_of(request, source)
    caller = identity_context(principal.id, "") if "CallerArn" in request else {}
    context = {**(kept.context or {}), **caller, **simulation.context_of(request)}
    found = simulation.Simulation(identity, principal, policy, simulation.owner_of(request), context)
    return page_of_numbered(request, "EvaluationResults", simulation.results(request, found))
