"""Application Auto Scaling: scalable targets, scaling policies, scheduled actions.

Owns what is registered, the schedule of scheduled actions, and the scaling of DynamoDB's tables and indexes: by target
tracking of their consumed capacity, and into the bounds of their scalable targets. Scalable targets of other services
are stored and shown, and scheduled actions change their bounds, but nothing of those services is scaled. The
CloudWatch alarms of target tracking are named and evaluated here; CloudWatch itself doesn't show them.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="application-autoscaling")
