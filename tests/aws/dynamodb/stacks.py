"""Stacks of one table, made and changed through CloudFormation's API."""

import json
from typing import Any

TABLE, GLOBAL_TABLE = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"
_OUTPUTS = {
    "Name": {"Value": {"Ref": "Orders"}},
    "Arn": {"Value": {"Fn::GetAtt": ["Orders", "Arn"]}},
}


class TableStack:
    """A stack with a table called Orders."""

    def __init__(self, aws: Any, name: str = "shop") -> None:
        self._aws = aws
        self._client = aws.client("cloudformation")
        self._name = name
        self._exists = False

    def put(self, properties: dict[str, Any], type_name: str = TABLE, **attributes: Any) -> dict[str, str]:
        """Make or change the table; it must work. Returns the outputs."""
        described = self._submit(properties, type_name, attributes)
        status = described["StackStatus"]
        assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.reasons()
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}

    def refused(self, properties: dict[str, Any], type_name: str = TABLE, **attributes: Any) -> str:
        """Make or change the table; it must fail and be taken back. Returns the reason."""
        described = self._submit(properties, type_name, attributes)
        assert described["StackStatus"] in ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"), self.reasons()
        return self.reasons()[0]

    def delete(self) -> str:
        """Delete the stack. Returns its last status."""
        stack_id = self._client.describe_stacks(StackName=self._name)["Stacks"][0]["StackId"]
        self._client.delete_stack(StackName=self._name)
        self._aws.idle()
        self._exists = False
        return str(self._client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])

    def reasons(self) -> list[str]:
        """Why resources failed, the newest first."""
        events = self._client.describe_stack_events(StackName=self._name)["StackEvents"]
        return [
            event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event
        ]

    def _submit(self, properties: dict[str, Any], type_name: str, attributes: dict[str, Any]) -> dict[str, Any]:
        resource = {"Type": type_name, "Properties": properties, **attributes}
        outputs = dict(_OUTPUTS)
        if properties.get("StreamSpecification"):
            outputs["Stream"] = {"Value": {"Fn::GetAtt": ["Orders", "StreamArn"]}}
        if type_name == GLOBAL_TABLE:
            outputs["Id"] = {"Value": {"Fn::GetAtt": ["Orders", "TableId"]}}
        body = json.dumps({"Resources": {"Orders": resource}, "Outputs": outputs})
        submit = self._client.update_stack if self._exists else self._client.create_stack
        submit(StackName=self._name, TemplateBody=body)
        self._exists = True
        self._aws.idle()
        (described,) = self._client.describe_stacks(StackName=self._name)["Stacks"]
        return dict(described)


def key(*names: str) -> list[dict[str, str]]:
    """A key schema."""
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def attributes(*names: str) -> list[dict[str, str]]:
    """AttributeDefinitions, written `name:type`."""
    return [{"AttributeName": name.partition(":")[0], "AttributeType": name.partition(":")[2] or "S"} for name in names]
