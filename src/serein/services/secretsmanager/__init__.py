"""Secrets Manager: secrets, their versions and staging labels, rotation, replicas, policies.

Owns secrets, their recovery windows and their rotation by Lambda functions. Values are stored as they are: they are
not encrypted with KMS keys. Replicas in other regions share their primary's data, so they are never behind. Resource
policies are checked for form and stored. Replicas in other accounts, secrets managed by partners and the rotation of
those are not here.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="secretsmanager")
