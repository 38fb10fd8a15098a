"""CreateDeploymentConfig, GetDeploymentConfig, ListDeploymentConfigs and DeleteDeploymentConfig."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.configurations import OWN_NAMES, OWN_PREFIX, parse_config
from serein.services.codedeploy.creating import require_config
from serein.services.codedeploy.errors import (
    DeploymentConfigAlreadyExistsException,
    DeploymentConfigInUseException,
    InvalidDeploymentConfigNameException,
    InvalidOperationException,
)
from serein.services.codedeploy.names import require_config_name
from serein.services.codedeploy.pages import MOST, parse_position, token_of
from serein.services.codedeploy.store import applications as store


@operation("CreateDeploymentConfig", partial="Only for the Lambda compute platform.")
async def create_deployment_config(call: Call, request: Request) -> Reply:
    name = require_config_name(request)
    if name.startswith(OWN_PREFIX):
        raise InvalidDeploymentConfigNameException(f"Names that start with {OWN_PREFIX} are AWS's own")
    id = new_uuid()
    definition = parse_config(request, name, id, call.now)

    def write(tx: Transaction) -> None:
        if store.find_config(tx, call.scope, name) is not None:
            raise DeploymentConfigAlreadyExistsException(f"Deployment configuration already exists: {name}")
        store.put_config(tx, call.scope, name, definition)

    await call.write(write)
    return {"deploymentConfigId": id}


@operation("GetDeploymentConfig", partial="AWS's own for other compute platforms are not there.")
async def get_deployment_config(call: Call, request: Request) -> Reply:
    name = require_config_name(request)
    return {"deploymentConfigInfo": await call.read(lambda tx: require_config(tx, call.scope, name))}


@operation("ListDeploymentConfigs", partial="AWS's own for other compute platforms are not there.")
async def list_deployment_configs(call: Call, request: Request) -> Reply:
    after = parse_position(call, request, str) or ""
    made = await call.read(lambda tx: store.list_configs(tx, call.scope))
    names = [name for name in sorted([*OWN_NAMES, *made]) if name > after]
    reply: Reply = {"deploymentConfigsList": names[:MOST]}
    return reply | {"nextToken": token_of(call, names[MOST - 1])} if len(names) > MOST else reply


@operation("DeleteDeploymentConfig")
async def delete_deployment_config(call: Call, request: Request) -> Reply:
    """AWS: deleting what isn't there is no error."""
    name = require_config_name(request)
    if name.startswith(OWN_PREFIX):
        raise InvalidOperationException("Cannot delete a default deployment configuration")

    def write(tx: Transaction) -> None:
        if used := store.groups_with_config(tx, call.scope, name):
            raise DeploymentConfigInUseException(
                f"Deployment configuration {name} is in use by deployment group {used[0]}"
            )
        store.delete_config(tx, call.scope, name)

    await call.write(write)
    return {}
