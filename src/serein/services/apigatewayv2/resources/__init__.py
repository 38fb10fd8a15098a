"""API Gateway's CloudFormation types for HTTP and WebSocket APIs and custom domain names."""

from serein.services.apigatewayv2.resources.apis import Api, ApiDeployment, Stage
from serein.services.apigatewayv2.resources.authorizers import Authorizer
from serein.services.apigatewayv2.resources.domains import ApiMapping, DomainName, RoutingRule, VpcLink
from serein.services.apigatewayv2.resources.overrides import ApiGatewayManagedOverrides
from serein.services.apigatewayv2.resources.routes import Integration, Route
from serein.services.apigatewayv2.sockets.resources import IntegrationResponse, Model, RouteResponse

__all__ = [
    "Api",
    "ApiDeployment",
    "ApiGatewayManagedOverrides",
    "ApiMapping",
    "Authorizer",
    "DomainName",
    "Integration",
    "IntegrationResponse",
    "Model",
    "Route",
    "RouteResponse",
    "RoutingRule",
    "Stage",
    "VpcLink",
]
