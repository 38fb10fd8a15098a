"""Who calls a backend: the role that an integration or an authorizer names, or API Gateway for one of its APIs."""

from serein.execute_api.aws_services import role_caller
from serein.kernel.call import Platform
from serein.kernel.scope import Caller, Scope
from serein.services.apigatewayv2.events import Arrival


def backend_caller(platform: Platform, arrival: Arrival, resource: str, role: str = "") -> Caller | None:
    """The caller; None, which is API Gateway with all permissions, where nobody asks for them.

    `resource` is what is behind the API's id in the ARN that a function's policy allows: `prod/GET/orders/{id}`.
    """
    signatures = platform.signatures
    if signatures is None or not signatures.is_enforced:
        return None
    scope = Scope(arrival.account, arrival.region)
    if role:
        return role_caller(role, scope)
    source = f"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:{arrival.api_id}/{resource}"
    return Caller.of_service("apigateway", scope, source)


def route_resource(arrival: Arrival) -> str:
    """A route as the ARN of a permission names it."""
    method, space, path = arrival.route_key.partition(" ")
    if not space:
        return f"{arrival.stage}/{method}"
    return f"{arrival.stage}/{arrival.http.method if method == 'ANY' else method}{path}"
