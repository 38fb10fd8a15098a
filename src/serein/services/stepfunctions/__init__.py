"""Step Functions: state machines, their executions, map runs and activities.

Owns the Amazon States Language with both of its query languages, Standard executions as rows that survive everything,
Express executions, and the calls of other services that tasks make. An execution never is a coroutine: a step is a pure
function (`interpreter/`) of its frames, and one transaction writes everything up to the next wait (`execution/`).
Leaves out HTTP tasks' connections of VPC resources and keys of KMS, which are recorded only.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="stepfunctions")
