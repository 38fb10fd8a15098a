"""API Gateway's REST APIs: the control plane (`apigateway`) and the data plane behind `execute-api` (`door.py`).

Owned here: REST APIs with all their parts, deployments, stages, API keys, usage plans, VPC links, client
certificates, documentation, OpenAPI import and export. Custom domain names belong to `apigatewayv2`; the operations
on them here are calls of its.

A deployment is an immutable snapshot of an API's parts in AWS's own shapes (`snapshots.py`); a stage points at one.
Settings are kept as JSON in the form that the Get operations answer.
"""

from serein.execute_api.addresses import HOST_LABEL, PATH_PREFIXES, SCRIPT_PREFIX
from serein.kernel.operation import Service

SERVICE = Service(
    name="apigateway",
    checks_constraints=False,
    host_label=HOST_LABEL,
    path_prefixes=(*PATH_PREFIXES, SCRIPT_PREFIX),
)
