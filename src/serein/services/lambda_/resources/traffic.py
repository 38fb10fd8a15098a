"""An alias's UpdatePolicy: CodeDeploy moves its traffic to another version, and the stack waits for that.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, GivenUp, Properties
from serein.services.lambda_.errors import ServiceException

_POLICY = "CodeDeployLambdaAliasUpdate"
_ENDED = frozenset({"Succeeded", "Failed", "Stopped"})


async def shift_traffic(deployment: Deployment, old: Properties, new: Properties) -> None:
    """Have CodeDeploy deploy the alias's new version when the policy says so; return when it has.

    Raises ServiceException when the deployment fails or is stopped, and GivenUp when the stack doesn't want it any
    more, once it is taken back.
    """
    policy = deployment.update_policy.get(_POLICY)
    if not policy:
        await _stop_earlier(deployment, new)
        return
    before, after = str(old["FunctionVersion"]), str(new["FunctionVersion"])
    if before == after:
        return
    request = {
        "applicationName": policy["ApplicationName"],
        "deploymentGroupName": policy["DeploymentGroupName"],
        "token": deployment.purpose,
        "spec": {
            "function": new["FunctionName"],
            "alias": new["Name"],
            "current": before,
            "target": after,
            "before_hook": policy.get("BeforeAllowTrafficHook", ""),
            "after_hook": policy.get("AfterAllowTrafficHook", ""),
        },
    }
    id = (await deployment.call("codedeploy", "DeployAlias", request))["deploymentId"]
    if is_given_up := not await _runs_its_course(deployment, id):
        await _stop(deployment, id)
    ended = await _wait(deployment, id)
    if is_given_up:
        raise GivenUp
    if ended["status"] != "Succeeded":
        reason = ended.get("errorInformation", {}).get("message", "")
        raise ServiceException(f"CodeDeploy deployment {id} ended with the status {ended['status']}. {reason}".strip())


async def _runs_its_course(deployment: Deployment, id: str) -> bool:
    """Wait until a deployment has ended; False when it is to be stopped."""
    while (await _shown(deployment, id))["status"] not in _ENDED:
        if await deployment.is_given_up():
            return False
    return True


async def _stop(deployment: Deployment, id: str) -> None:
    try:
        await deployment.call("codedeploy", "StopDeployment", {"deploymentId": id, "autoRollbackEnabled": True})
    except AwsError:
        if (await _shown(deployment, id))["status"] not in _ENDED:
            raise


async def _stop_earlier(deployment: Deployment, properties: Properties) -> None:
    """Stop a deployment that an update has left behind which is taken back: a crash came before it was stopped."""
    request = {"function": properties["FunctionName"], "alias": properties["Name"]}
    for id in (await deployment.call("codedeploy", "StopAliasDeployments", request))["deploymentIds"]:
        await _wait(deployment, id)


async def _wait(deployment: Deployment, id: str) -> dict[str, Any]:
    """Wait until a deployment has ended, and has been taken back if it is."""
    shown = await _shown(deployment, id)
    while shown["status"] not in _ENDED:
        shown = await _shown(deployment, id)
    if rollback := shown.get("rollbackInfo", {}).get("rollbackDeploymentId"):
        await _wait(deployment, rollback)
    return shown


async def _shown(deployment: Deployment, id: str) -> dict[str, Any]:
    """What a deployment is like once it has ended, or after some seconds."""
    shown = await deployment.call("codedeploy", "AwaitDeployment", {"deploymentId": id})
    info: dict[str, Any] = shown["deploymentInfo"]
    return info
