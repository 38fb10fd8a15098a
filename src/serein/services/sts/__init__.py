"""STS: who calls, and temporary credentials for roles; IAM keeps the credentials.

Left out: whether a role's trust policy lets the caller assume it, SAML and the decoding of authorization messages.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="sts", validation_code="ValidationError")
