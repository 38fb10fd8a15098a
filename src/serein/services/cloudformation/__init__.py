"""CloudFormation: stacks, change sets, the template language with SAM, and a durable engine that carries them out.

A stack's status says which phase of its operation is under way, and each resource's row says how far that phase came;
so an operation goes on where it was after a crash. Left out: stack sets, drift detection, import of existing resources,
registry extensions, macros other than SAM, AWS::Include and AWS::LanguageExtensions, generated templates.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="cloudformation", validation_code="ValidationError", path_prefixes=("/_aws/cloudformation/",))
