"""STS: who calls, and temporary credentials for roles; IAM keeps the credentials.

Trust policies are enforced where signatures are. Left out: MFA, SAML and web identities, and the decoding of
authorization messages.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="sts", validation_code="ValidationError")
