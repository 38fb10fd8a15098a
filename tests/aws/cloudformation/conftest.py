"""What the CloudFormation tests share: a client, and a driver that waits for a stack to rest."""

import pytest


class Stacks:
    """Drives stacks to their end."""

    def __init__(self, aws):
        self.aws = aws
        self.client = aws.client("cloudformation")

    def create(self, name, template, **options):
        self.client.create_stack(StackName=name, TemplateBody=template, **options)
        return self.rest(name)

    def update(self, name, template, **options):
        self.client.update_stack(StackName=name, TemplateBody=template, **options)
        return self.rest(name)

    def delete(self, name):
        stack_id = self.describe(name)["StackId"]
        self.client.delete_stack(StackName=name)
        return self.rest(stack_id)

    def rest(self, name):
        self.aws.idle()
        return self.describe(name)

    def describe(self, name):
        return self.client.describe_stacks(StackName=name)["Stacks"][0]

    def outputs(self, name):
        return {it["OutputKey"]: it["OutputValue"] for it in self.describe(name).get("Outputs", [])}

    def physical_ids(self, name):
        found = self.client.describe_stack_resources(StackName=name)["StackResources"]
        return {it["LogicalResourceId"]: it.get("PhysicalResourceId") for it in found}

    def events(self, name):
        """(logical id, status, reason) from the first event to the last."""
        found = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return [
            (it["LogicalResourceId"], it["ResourceStatus"], it.get("ResourceStatusReason", ""))
            for it in reversed(found)
        ]


@pytest.fixture
def stacks(aws):
    return Stacks(aws)
