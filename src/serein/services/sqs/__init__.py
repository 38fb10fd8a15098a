"""Amazon SQS: standard and FIFO queues, their messages, dead-letter queues and redrives.

Owns queues, messages in every state (visible, delayed, in flight), deduplication, message groups and message move
tasks. Leaves out encryption at rest with KMS keys (the settings are stored and shown) and the authorisation that queue
policies describe. One difference from AWS on purpose: a deleted queue's name can be used again at once.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="sqs", validation_code="InvalidParameterValue", checks_constraints=False)
