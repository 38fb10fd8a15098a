"""Macros: functions of the account that change a template, or a snippet of one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.services.cloudformation.errors import TransformFailure, ValidationError
from serein.services.cloudformation.functions import NO_VALUE, Evaluation
from serein.services.cloudformation.parameters import Parameter
from serein.services.cloudformation.store import macros
from serein.services.cloudformation.templates import Template

_FUNCTION = "Fn::Transform"


@dataclass(frozen=True, slots=True)
class Macros:
    """The account's macros, for one template."""

    call: Call
    evaluation: Evaluation
    settled: dict[str, Parameter]

    async def snippets(self, template: Template) -> Template:
        """The template with every Fn::Transform replaced by what its macro makes of what stands beside it."""
        if not has_snippets(template):
            return template
        found = {name: await self._walk(section) for name, section in template.items()}
        return {name: section for name, section in found.items() if section is not NO_VALUE}

    async def _walk(self, value: Any) -> Any:
        # From the inside out, as AWS does it.
        if isinstance(value, list):
            return [await self._walk(member) for member in value]
        if not isinstance(value, dict):
            return value
        found = {name: await self._walk(member) for name, member in value.items() if name != _FUNCTION}
        wanted = value.get(_FUNCTION, [])
        changed: Any = found
        for transform in wanted if isinstance(wanted, list) else [wanted]:
            changed = await self.changed(transform, changed)
        return changed

    async def changed(self, transform: Any, fragment: Any) -> Any:
        """What a macro makes of a fragment. Raises ValidationError in AWS's words."""
        name = transform.get("Name") if isinstance(transform, dict) else transform
        if not isinstance(name, str):
            raise ValidationError("Key Name of transform definition must be a string.")
        function = await self.call.read(lambda tx: macros.find_function(tx, self.call.scope, name))
        if function is None:
            raise ValidationError(f"No transform named {name} found.")
        given = transform.get("Parameters", {}) if isinstance(transform, dict) else {}
        scope = self.call.scope
        transform_id = f"{scope.account}::{name}"
        event = {
            "region": scope.region,
            "accountId": scope.account,
            "fragment": fragment,
            "transformId": transform_id,
            "params": self.evaluation.value(given),
            "requestId": new_uuid(),
            "templateParameterValues": {name: it.evaluated() for name, it in self.settled.items()},
        }
        return _fragment(transform_id, event["requestId"], await self._invoke(transform_id, function, event))

    async def _invoke(self, transform_id: str, function: str, event: dict[str, Any]) -> Any:
        request = {"FunctionName": function, "Payload": json.dumps(event).encode()}
        try:
            reply = await self.call.to("lambda", "Invoke", request)
        except AwsError as error:
            raise TransformFailure(f"Transform {transform_id} failed with: {error.message}") from None
        payload = reply.get("Payload", b"")
        content = payload if isinstance(payload, bytes) else b"".join([chunk async for chunk in payload])
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            return None


def _fragment(transform_id: str, request_id: str, answer: Any) -> Any:
    is_answer = isinstance(answer, dict) and answer.get("requestId") == request_id and "status" in answer
    if not is_answer:
        raise TransformFailure(f"Received malformed response from transform {transform_id}")
    if str(answer["status"]).lower() != "success":
        message = answer.get("errorMessage")
        if not message:
            raise TransformFailure(f"Transform {transform_id} failed without an error message.")
        raise TransformFailure(f"Transform {transform_id} failed with: {message}")
    if "fragment" not in answer:
        raise TransformFailure(f"Received malformed response from transform {transform_id}")
    return answer["fragment"]


def has_snippets(value: Any) -> bool:
    """Whether a template asks for macros within its sections."""
    if isinstance(value, dict):
        return _FUNCTION in value or any(has_snippets(member) for member in value.values())
    return isinstance(value, list) and any(has_snippets(member) for member in value)
