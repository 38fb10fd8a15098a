"""API Gateway's HTTP and WebSocket APIs, and custom domain names: control plane (`apigatewayv2`) and data plane.

Owned here: APIs, routes, integrations, authorizers, stages, deployments, OpenAPI in and out, tags, VPC links, domain
names and their mappings (REST APIs' too), portals. `door.py` is the way into HTTP APIs, `sockets/` has all of WebSocket
APIs, `portals/` those of portals; the pages that a portal shows are the console's.

A deployment is an immutable snapshot of an API's routes, integrations and CORS settings; a stage points at one. That
is AWS's own model, and it is what makes the data plane fast: a routing table is compiled once per deployment.
"""

from serein.execute_api.addresses import HOST_LABEL, PATH_PREFIXES, SCRIPT_PREFIX
from serein.kernel.operation import Service

SERVICE = Service(
    name="apigatewayv2",
    validation_code="BadRequestException",
    host_label=HOST_LABEL,
    path_prefixes=(*PATH_PREFIXES, SCRIPT_PREFIX),
)
