"""The resource types that CloudFormation itself has."""

from collections.abc import Mapping

from serein.kernel.resource import Resource
from serein.services.cloudformation.builtin.custom import CustomType
from serein.services.cloudformation.builtin.macro import MacroType
from serein.services.cloudformation.builtin.metadata import MetadataType
from serein.services.cloudformation.builtin.nested import NestedStackType
from serein.services.cloudformation.builtin.stack_sets import StackSetType
from serein.services.cloudformation.builtin.waiting import WaitConditionHandleType, WaitConditionType

BUILTIN: Mapping[str, Resource] = {
    "AWS::CDK::Metadata": MetadataType(),
    "AWS::CloudFormation::CustomResource": CustomType(),
    "AWS::CloudFormation::Macro": MacroType(),
    "AWS::CloudFormation::Stack": NestedStackType(),
    "AWS::CloudFormation::StackSet": StackSetType(),
    "AWS::CloudFormation::WaitCondition": WaitConditionType(),
    "AWS::CloudFormation::WaitConditionHandle": WaitConditionHandleType(),
}
