"""Lambda: functions, versions, aliases, layers, invocation, asynchronous events, event source mappings.

Left out: container images, code signing, provisioned concurrency, durable executions, capacity providers, tenancy,
file systems, and event sources other than SQS and DynamoDB Streams.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="lambda", host_label="lambda-url", path_prefix="/_aws/lambda/")
