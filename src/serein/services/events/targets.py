"""Targets: the checks of PutTargets."""

from typing import Any

import msgspec

from serein.kernel.arn import Arn, find_arn
from serein.kernel.event_paths import find_steps
from serein.services.events.errors import ValidationException
from serein.services.events.inputs import RESERVED, variables_in

_INPUTS = ("Input", "InputPath", "InputTransformer")
# AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html ("Permissions required …")
_NEED_ROLE = frozenset({"kinesis", "firehose", "states", "ecs", "batch", "codebuild", "codepipeline", "ssm", "glue"})
_NEED_PARAMETERS = {"ecs": "EcsParameters", "batch": "BatchParameters"}


def require_valid(target: dict[str, Any]) -> None:
    """Raises ValidationException for a target that AWS refuses."""
    arn = find_arn(target["Arn"])
    if arn is None or not arn.service:
        raise ValidationException(
            f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
        )
    identity = target["Id"]
    if sum(1 for member in _INPUTS if member in target) > 1:
        raise ValidationException(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {identity}."
        )
    _require_parameters(target, arn)
    if "Input" in target:
        _require_json(target["Input"], identity)
    path = target.get("InputPath")
    if path and find_steps(path) is None:
        raise ValidationException(f"Parameter InputPath is not valid for target {identity}. Reason: {path} is no path.")
    if "InputTransformer" in target:
        _require_transformer(target["InputTransformer"], identity)


def _require_parameters(target: dict[str, Any], arn: Arn) -> None:
    if arn.service in _NEED_ROLE and "RoleArn" not in target:
        raise ValidationException(f"RoleArn is required for target {arn}.")
    needed = _NEED_PARAMETERS.get(arn.service, "")
    is_ordered = arn.service == "sqs" and arn.resource.endswith(".fifo")
    if is_ordered and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        needed = "SqsParameters"
    if needed and (is_ordered or needed not in target):
        raise ValidationException(f"Parameter(s) {needed} must be specified for target: {target['Id']}.")
    letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if letters:
        queue = find_arn(letters)
        if queue is None or queue.service != "sqs" or queue.resource.endswith(".fifo"):
            raise ValidationException(
                f"Parameter DeadLetterConfig.Arn is not valid for target {target['Id']}. Reason: it must be the ARN of "
                "a standard SQS queue."
            )


def _require_json(text: str, identity: str) -> None:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise ValidationException(f"JSON syntax error in input for target {identity}") from None


def _require_transformer(transformer: dict[str, Any], identity: str) -> None:
    """AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-input.html"""
    paths = transformer.get("InputPathsMap") or {}
    for path in paths.values():
        if find_steps(path) is None:
            raise ValidationException(f"Invalid InputPathsMap for target {identity}: {path} is no path.")
    for name in sorted(variables_in(transformer["InputTemplate"]) - paths.keys() - RESERVED):
        raise ValidationException(
            f"Invalid InputTemplate for target {identity} : Placeholder <{name}> is not in InputPathsMap."
        )
