"""AWS::StepFunctions::StateMachineVersion."""

from serein.kernel.resource import Deployment, Made, Properties, resource


@resource("AWS::StepFunctions::StateMachineVersion")
class StateMachineVersionResource:
    """Ref answers the ARN."""

    properties = frozenset({"Description", "StateMachineArn", "StateMachineRevisionId"})
    replaced_by = properties
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {"stateMachineArn": properties["StateMachineArn"]}
        if "StateMachineRevisionId" in properties:
            request["revisionId"] = properties["StateMachineRevisionId"]
        if "Description" in properties:
            request["description"] = properties["Description"]
        arn = (await deployment.call("stepfunctions", "PublishStateMachineVersion", request))["stateMachineVersionArn"]
        return Made(arn, {"Arn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id, {"Arn": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"stateMachineVersionArn": physical_id}
        await deployment.call("stepfunctions", "DeleteStateMachineVersion", request)
