"""CreateDeployment: begin to move traffic to another version."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.creating import create, fetch_app_spec
from serein.services.codedeploy.errors import DescriptionTooLongException, InvalidInputException
from serein.services.codedeploy.names import require_application_name, require_group_name
from serein.services.codedeploy.revisions import parse_revision
from serein.services.codedeploy.store import applications

_ELSEWHERE = (
    "deploymentMode",
    "ec2DeploymentOptions",
    "fileExistsBehavior",
    "ignoreApplicationStopFailures",
    "targetInstances",
    "updateOutdatedInstancesOnly",
)
_MOST_LETTERS = 256


@operation("CreateDeployment", partial="Only for the Lambda compute platform, and not from GitHub.")
async def create_deployment(call: Call, request: Request) -> Reply:
    application, name = require_application_name(request), require_group_name(request)
    for member in _ELSEWHERE:
        if request.get(member) not in (None, False, "DISALLOW", "STANDARD"):
            raise InvalidInputException(f"{member} is not for the Lambda compute platform")
    if len(request.get("description") or "") > _MOST_LETTERS:
        raise DescriptionTooLongException(f"A description has at most {_MOST_LETTERS} letters")
    group = await call.read(lambda tx: applications.require_group(tx, call.scope, application, name))
    spec = await fetch_app_spec(call, parse_revision(request.get("revision")))
    made = await call.write(lambda tx: create(tx, call.scope, group, request, spec))
    return {"deploymentId": made.id}
