"""CloudFormation's AWS::ApiGateway resource types, written as calls of API Gateway's operations."""

from serein.services.apigateway.resources.apis import (
    ApiResource,
    DocumentationPart,
    DocumentationVersion,
    GatewayResponse,
    RestApi,
)
from serein.services.apigateway.resources.domains import BasePathMapping, DomainName
from serein.services.apigateway.resources.keys import (
    Account,
    ApiKey,
    ClientCertificate,
    UsagePlan,
    UsagePlanKey,
    VpcLink,
)
from serein.services.apigateway.resources.methods import Authorizer, Method, Model, RequestValidator
from serein.services.apigateway.resources.private_domains import (
    BasePathMappingV2,
    DomainNameAccessAssociation,
    DomainNameV2,
)
from serein.services.apigateway.resources.stages import ApiDeployment, Stage

__all__ = [
    "Account",
    "ApiDeployment",
    "ApiKey",
    "ApiResource",
    "Authorizer",
    "BasePathMapping",
    "BasePathMappingV2",
    "ClientCertificate",
    "DocumentationPart",
    "DocumentationVersion",
    "DomainName",
    "DomainNameAccessAssociation",
    "DomainNameV2",
    "GatewayResponse",
    "Method",
    "Model",
    "RequestValidator",
    "RestApi",
    "Stage",
    "UsagePlan",
    "UsagePlanKey",
    "VpcLink",
]
