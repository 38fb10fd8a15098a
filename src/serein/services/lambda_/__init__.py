"""Lambda: functions, versions, aliases, layers, invocation, asynchronous events, event source mappings.

Left out: file systems, accelerators, and event sources other than queues and the streams of DynamoDB
and Kinesis.
"""

from serein.kernel.operation import Service

SERVICE = Service(
    name="lambda", host_label="lambda-url", path_prefixes=("/_aws/lambda/",), maximum_request_bytes=70_167_211
)
