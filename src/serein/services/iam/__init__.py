"""IAM: roles, users, groups, policies, instance profiles and access keys; what they allow, for who asks.

Identities' policies are evaluated for the simulator and for services that ask (FindIdentity); no other call of an API
is measured by them. Left out: federation providers, MFA, password policies and service-specific credentials.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="iam", validation_code="ValidationError", is_global=True)
