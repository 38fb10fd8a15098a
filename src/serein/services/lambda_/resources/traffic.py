"""An alias's UpdatePolicy: CodeDeploy moves its traffic to another version, and the stack waits for that.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

from typing import Any

from serein.kernel.resource import Deployment, Properties
from serein.services.lambda_.errors import ServiceException

_POLICY = "CodeDeployLambdaAliasUpdate"
_POLL_SECONDS = 5.0
_ENDED = frozenset({"Succeeded", "Failed", "Stopped"})


async def shift_traffic(deployment: Deployment, old: Properties, new: Properties) -> None:
    """Have CodeDeploy deploy the alias's new version when the policy says so; return when it has.

    Raises ServiceException when the deployment fails or is stopped, once it is taken back.
    """
    policy = deployment.update_policy.get(_POLICY)
    if not policy:
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
    ended = await _wait(deployment, id)
    rollback = ended.get("rollbackInfo", {}).get("rollbackDeploymentId")
    if rollback:
        await _wait(deployment, rollback)
    if ended["status"] != "Succeeded":
        reason = ended.get("errorInformation", {}).get("message", "")
        raise ServiceException(f"CodeDeploy deployment {id} ended with the status {ended['status']}. {reason}".strip())


async def _wait(deployment: Deployment, id: str) -> dict[str, Any]:
    while True:
        shown = await deployment.call("codedeploy", "GetDeployment", {"deploymentId": id})
        info: dict[str, Any] = shown["deploymentInfo"]
        if info["status"] in _ENDED:
            return info
        await deployment.sleep(_POLL_SECONDS)
