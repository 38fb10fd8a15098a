"""CloudWatch: metrics, metric math, alarms and their actions, dashboards.

Owns what is measured and the states of alarms. Alarms act by SNS topics and Lambda functions. Left out: searches and
queries over many metrics (SEARCH, Metrics Insights, PromQL), anomaly detection, Contributor Insights, metric streams,
alarms on logs, mute rules, pictures of metrics.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="cloudwatch", validation_code="ValidationError")
