"""The limits of durable executions.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and the API reference of
CheckpointDurableExecution.
"""

LONGEST_SYNCHRONOUS_SECONDS = 900
LONGEST_EXECUTION_SECONDS = 31_622_400
MOST_OPERATIONS = 3000
MOST_STORED_BYTES = 104_857_600
MOST_PAYLOAD_BYTES = 1_048_576
MOST_SYNCHRONOUS_BYTES = 6_291_456
PAGE_BYTES = 5 * 1024 * 1024
"""What of an execution's state goes into one invocation's event, or into one reply."""
DEFAULT_RETENTION_DAYS = 14
DAY_SECONDS = 86_400.0
MOST_FAILED_INVOCATIONS = 5
"""An execution fails once so many invocations in a row have failed."""
MOST_IDLE_REPLIES = 3
"""As above, for invocations that say PENDING when nothing is pending."""
INVOCATION_RETRY_SECONDS = 5.0
IDEMPOTENCE_SECONDS = 900.0
NEVER = 1e15
"""A time that doesn't come: rows without a timer."""
