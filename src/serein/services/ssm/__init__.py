"""Systems Manager's Parameter Store: parameters, their versions, labels, tags and policies.

Owns parameters and the deletion of expired ones. The rest of Systems Manager (documents, runs, inventories, patches …)
is not here. SecureString parameters are not encrypted with KMS keys; without `WithDecryption` a text stands for the
ciphertext. Notifications of parameter policies are stored, and nobody is notified.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="ssm")
