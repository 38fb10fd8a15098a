"""IAM: roles, users, groups, policies, instance profiles and access keys, stored and readable.

Left out: the evaluation of policies, federation providers, MFA, password policies and service-specific credentials.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="iam", validation_code="ValidationError", is_global=True)
