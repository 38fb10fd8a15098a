"""DeletionPolicy and UpdateReplacePolicy: what becomes of a resource that its stack lets go."""

from typing import Any

from serein.services.cloudformation.errors import ValidationError
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
    for logical_id, definition in template["Resources"].items():
        for name in _VALUES.keys() & definition.keys():
            _check(name, definition[name], logical_id, definition["Type"])


def _check(name: str, value: Any, logical_id: str, type_name: str) -> None:
    if not isinstance(value, str):
        # AWS: functions of parameters and conditions are taken, with AWS::LanguageExtensions and without.
        if isinstance(value, dict):
            return
        raise ValidationError(f"Template format error: Every {name} member must be a string.")
    if value not in _VALUES[name]:
        raise ValidationError(f"Template error: Unrecognized {name} type {value} for resource {logical_id}")
    if value == "Snapshot" and type_name not in _WITH_SNAPSHOTS:
        raise ValidationError(f"Template error: resource type {type_name} does not support deletion policy Snapshot")
