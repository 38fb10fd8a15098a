"""Amazon SNS: topics, subscriptions with filter policies, and the delivery of what is published.

Owns topics, subscriptions, the order and the archives of FIFO topics, the key that messages are signed with, phone
numbers, and the endpoints of mobile applications. Delivers to queues, functions, delivery streams, HTTP endpoints and
by e-mail; text and push messages are kept where tests and people can read them. Leaves out whatever data protection
policies would do.
"""

from serein.kernel.operation import Service

SERVICE = Service(
    name="sns", validation_code="ValidationError", checks_constraints=False, path_prefixes=("/_aws/sns/",)
)
