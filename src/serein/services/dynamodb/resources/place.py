"""Calls of DynamoDB for a deployment, in the stack's region or another."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment
from serein.services.dynamodb.errors import TableAlreadyExistsException

_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """A table that a deployment makes or changes, in one region."""

    deployment: Deployment
    name: str
    region: str

    async def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call an operation of DynamoDB in the region."""
        if self.region == self.deployment.scope.region:
            return await self.deployment.call("dynamodb", operation, request)
        there = {"Region": self.region, "Operation": operation, "Request": request}
        return await self.deployment.call("dynamodb", "CallInRegion", there)

    async def describe(self) -> dict[str, Any]:
        """The table's description."""
        table: dict[str, Any] = (await self.call("DescribeTable", TableName=self.name))["Table"]
        return table

    async def find(self) -> dict[str, Any] | None:
        """Return the table's description, or None when there is no such table."""
        try:
            return await self.describe()
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            return None

    async def create(self, type_name: str, operation: str, **request: Any) -> dict[str, Any]:
        """Make the table by an operation. Raises TableAlreadyExistsException, and AWS's other errors."""
        try:
            return await self.call(operation, **request)
        except AwsError as error:
            if error.code != "ResourceInUseException":
                raise
            raise TableAlreadyExistsException(
                f"Resource of type '{type_name}' with identifier '{self.name}' already exists."
            ) from error

    async def settled(self) -> dict[str, Any]:
        """The table's description once the table, its indexes and its replicas are ready."""
        while True:
            await self.deployment.call("dynamodb", "FinishIndexes", {})
            table = await self.describe()
            statuses = [table["TableStatus"]]
            statuses += [index["IndexStatus"] for index in table.get("GlobalSecondaryIndexes", [])]
            statuses += [index["IndexStatus"] for index in table.get("VectorIndexes", [])]
            statuses += [replica["ReplicaStatus"] for replica in table.get("Replicas", [])]
            if all(status == "ACTIVE" for status in statuses):
                return table
            await self.deployment.sleep(_POLL_SECONDS)

    async def gone(self) -> None:
        """Return once there is no such table."""
        while await self.find() is not None:
            await self.deployment.sleep(_POLL_SECONDS)
