"""What requests name: applications, groups, configurations, deployments; and what is done when they don't."""

import re

from serein.kernel.arn import arn_of
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.codedeploy import errors

_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,100}\Z")
_DEPLOYMENT = re.compile(r"d-[A-Z0-9]{9}\Z")


def require_application_name(request: Request, member: str = "applicationName") -> str:
    """Raises ApplicationNameRequiredException and InvalidApplicationNameException."""
    name: str = request.get(member) or ""
    if not name:
        raise errors.ApplicationNameRequiredException("Application name is required")
    if _NAME.match(name) is None:
        raise errors.InvalidApplicationNameException(f"Invalid application name: {name}")
    return name


def require_group_name(request: Request, member: str = "deploymentGroupName") -> str:
    """Raises DeploymentGroupNameRequiredException and InvalidDeploymentGroupNameException."""
    name: str = request.get(member) or ""
    if not name:
        raise errors.DeploymentGroupNameRequiredException("Deployment Group name is missing")
    if _NAME.match(name) is None:
        raise errors.InvalidDeploymentGroupNameException(f"Invalid deployment group name: {name}")
    return name


def require_config_name(request: Request) -> str:
    """Raises DeploymentConfigNameRequiredException and InvalidDeploymentConfigNameException."""
    name: str = request.get("deploymentConfigName") or ""
    if not name:
        raise errors.DeploymentConfigNameRequiredException("Deployment Configuration name is missing")
    if _NAME.match(name) is None:
        raise errors.InvalidDeploymentConfigNameException(f"Invalid deployment configuration name: {name}")
    return name


def require_deployment_id(id: str | None) -> str:
    """Raises DeploymentIdRequiredException and InvalidDeploymentIdException."""
    if not id:
        raise errors.DeploymentIdRequiredException("Deployment ID is required")
    if _DEPLOYMENT.match(id) is None:
        raise errors.InvalidDeploymentIdException(f"Invalid deploymentId: {id}")
    return id


def application_arn(scope: Scope, name: str) -> str:
    return arn_of("codedeploy", scope, f"application:{name}")


def group_arn(scope: Scope, application: str, name: str) -> str:
    return arn_of("codedeploy", scope, f"deploymentgroup:{application}/{name}")
