"""What the tests of REST APIs' control plane share."""

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serein.testing import Serein


@dataclass
class Api:
    """An API of a test, with its client."""

    client: Any
    id: str
    root: str

    def resource(self, part: str, parent: str = "") -> str:
        parent_id = parent or self.root
        made = self.client.create_resource(restApiId=self.id, parentId=parent_id, pathPart=part)
        return str(made["id"])

    def mock(self, resource: str = "", verb: str = "GET", **settings: Any) -> dict[str, Any]:
        """Put a method with a MOCK integration; how to name it."""
        place = {"restApiId": self.id, "resourceId": resource or self.root, "httpMethod": verb}
        self.client.put_method(**place, **{"authorizationType": "NONE", **settings})
        templates = {"application/json": '{"statusCode": 200}'}
        self.client.put_integration(**place, type="MOCK", requestTemplates=templates)
        return place

    def deploy(self, stage: str = "") -> str:
        named = {"stageName": stage} if stage else {}
        return str(self.client.create_deployment(restApiId=self.id, **named)["id"])


def make_api(aws: Serein, **settings: Any) -> Api:
    client = aws.client("apigateway")
    made = client.create_rest_api(**{"name": "shop", **settings})
    return Api(client, made["id"], made["rootResourceId"])


def patch(op: str, path: str, value: str | None = None, source: str | None = None) -> dict[str, str]:
    made = {"op": op, "path": path}
    if value is not None:
        made["value"] = value
    return made | ({"from": source} if source else {})


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    """The code and message of the error that a call must end with."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
