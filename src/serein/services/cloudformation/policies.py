"""DeletionPolicy and UpdateReplacePolicy: what becomes of a resource that its stack lets go."""

from collections.abc import Iterator
from typing import Any

from serein.services.cloudformation.errors import NotYetKnown, ResourceFailure, ValidationError
from serein.services.cloudformation.functions import Evaluation
from serein.services.cloudformation.templates import Template

_VALUES = {
    "DeletionPolicy": frozenset({"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}),
    "UpdateReplacePolicy": frozenset({"Delete", "Retain", "Snapshot"}),
}
_WITH_SNAPSHOTS = frozenset(
    {
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    }
)


def check_policies(template: Template) -> None:
    """Raise ValidationError for a policy that there isn't, or that the resource's type can't have."""
    for logical_id, name, value, type_name in _policies(template):
        # AWS: functions of parameters and conditions are taken, with AWS::LanguageExtensions and without.
        if not isinstance(value, dict):
            _check(name, value, logical_id, type_name)


def check_values(template: Template, evaluation: Evaluation) -> None:
    """The same for the policies that are worked out, which `check_policies` passes over."""
    for logical_id, name, value, type_name in _policies(template):
        if isinstance(value, dict):
            try:
                worked_out = evaluation.value(value)
            except (NotYetKnown, ResourceFailure):
                raise ValidationError(f"Template format error: Every {name} member must be a string.") from None
            _check(name, worked_out, logical_id, type_name)


def _policies(template: Template) -> Iterator[tuple[str, str, Any, str]]:
    for logical_id, definition in template["Resources"].items():
        for name in _VALUES.keys() & definition.keys():
            yield logical_id, name, definition[name], definition["Type"]


def _check(name: str, value: Any, logical_id: str, type_name: str) -> None:
    if not isinstance(value, str):
        raise ValidationError(f"Template format error: Every {name} member must be a string.")
    if value not in _VALUES[name]:
        raise ValidationError(f"Template error: Unrecognized {name} type {value} for resource {logical_id}")
    if value == "Snapshot" and type_name not in _WITH_SNAPSHOTS:
        raise ValidationError(f"Template error: resource type {type_name} does not support deletion policy Snapshot")
