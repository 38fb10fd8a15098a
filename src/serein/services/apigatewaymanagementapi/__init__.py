"""API Gateway's management API: `@connections`, by which a backend sends to clients of WebSocket APIs.

The connections themselves belong to `apigatewayv2`, which is asked by internal operations. Requests come to an API's
own address (`door.py`), with the stage in the path, or to the platform's, where a connection is found by its id alone.
"""

from serein.execute_api.addresses import HOST_LABEL, PATH_PREFIXES
from serein.kernel.operation import Service

SERVICE = Service(
    name="apigatewaymanagementapi",
    validation_code="BadRequestException",
    checks_constraints=False,
    host_label=HOST_LABEL,
    path_prefixes=PATH_PREFIXES,
)
"""Why constraints are not checked: the size of a message has an error of its own."""
