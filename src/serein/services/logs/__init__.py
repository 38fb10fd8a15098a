"""CloudWatch Logs: groups, streams, events, filters, retention and tags.

Left out: Logs Insights queries, metric and subscription filters, exports, anomaly detection, data protection and
live tail.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="logs", validation_code="InvalidParameterException")
