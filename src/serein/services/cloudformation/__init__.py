"""CloudFormation: stacks, change sets, the template language with SAM, and a durable engine that carries them out.

A stack's status says which phase of its operation is under way, and each resource's row says how far that phase came;
so an operation goes on where it was after a crash. Around it: stack sets over the accounts and regions of the server,
drift, refactors, scans with the templates generated of them, and AWS's types. Left out: what third-party code would
have to run for (registry extensions, hooks).
"""

from serein.kernel.operation import Service

SERVICE = Service(name="cloudformation", validation_code="ValidationError", path_prefixes=("/_aws/cloudformation/",))
