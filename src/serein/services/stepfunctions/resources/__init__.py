"""CloudFormation's AWS::StepFunctions resource types."""

from serein.services.stepfunctions.resources.activities import ActivityResource
from serein.services.stepfunctions.resources.aliases import StateMachineAliasResource
from serein.services.stepfunctions.resources.machines import StateMachineResource
from serein.services.stepfunctions.resources.versions import StateMachineVersionResource

__all__ = ["ActivityResource", "StateMachineAliasResource", "StateMachineResource", "StateMachineVersionResource"]
