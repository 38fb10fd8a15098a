"""Amazon SNS: topics, subscriptions with filter policies, and the delivery of what is published.

Owns topics, subscriptions and the order of FIFO topics. Delivers to SQS queues, Lambda functions and HTTP endpoints;
subscriptions of other protocols are recorded and get nothing. Leaves out mobile push, SMS, message signatures, archives
and replays, and data protection policies.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="sns", validation_code="ValidationError", checks_constraints=False)
