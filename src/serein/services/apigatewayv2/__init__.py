"""API Gateway's HTTP APIs: the control plane (`apigatewayv2`) and the data plane behind `execute-api` (`door.py`).

Owned here: APIs, routes, integrations, stages, deployments, OpenAPI import, CORS and tags. Left out, and refused by
name: WebSocket APIs, authorizers, parameter mapping, VPC links, first-class service integrations, custom domain names.

A deployment is an immutable snapshot of an API's routes, integrations and CORS settings; a stage points at one. That
is AWS's own model, and it is what makes the data plane fast: a routing table is compiled once per deployment.
"""

from serein.execute_api.addresses import HOST_LABEL, PATH_PREFIXES
from serein.kernel.operation import Service

SERVICE = Service(
    name="apigatewayv2",
    validation_code="BadRequestException",
    host_label=HOST_LABEL,
    path_prefixes=PATH_PREFIXES,
)
