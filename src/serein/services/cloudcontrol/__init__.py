"""Cloud Control: resources made, changed, read, listed and deleted by their CloudFormation types.

It keeps the requests; what they do, and what resources are right now, CloudFormation's handlers and readers do and say.
So it has the types whose drift CloudFormation can detect.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="cloudcontrol")
