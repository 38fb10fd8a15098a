"""IAM's CloudFormation types."""

from serein.services.iam.resources.groups import GroupType, UserToGroupAdditionType
from serein.services.iam.resources.inline import GroupPolicyType, PolicyType, RolePolicyType, UserPolicyType
from serein.services.iam.resources.managed import ManagedPolicyType
from serein.services.iam.resources.profiles import InstanceProfileType
from serein.services.iam.resources.roles import RoleType, ServiceLinkedRoleType
from serein.services.iam.resources.users import AccessKeyType, UserType

__all__ = [
    "AccessKeyType",
    "GroupPolicyType",
    "GroupType",
    "InstanceProfileType",
    "ManagedPolicyType",
    "PolicyType",
    "RolePolicyType",
    "RoleType",
    "ServiceLinkedRoleType",
    "UserPolicyType",
    "UserToGroupAdditionType",
    "UserType",
]
