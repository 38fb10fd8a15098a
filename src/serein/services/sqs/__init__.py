"""Amazon SQS: standard and FIFO queues, their messages, dead-letter queues and redrives.

Owns queues, messages in every state (visible, delayed, in flight), deduplication, message groups, message move tasks,
queue policies and the metrics of queues. Leaves out encryption at rest with KMS keys: the settings are stored and
shown.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="sqs", validation_code="InvalidParameterValue", checks_constraints=False)
