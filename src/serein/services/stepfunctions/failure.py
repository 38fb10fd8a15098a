"""What makes a state fail: an error's name, which Retry and Catch go by, and its cause."""

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
QUERY_EVALUATION_ERROR = "States.QueryEvaluationError"


class StateFailed(Exception):
    """A state failed with the error `error` ("States.Timeout", "MyError") because of `cause`, text for people.

    What evaluates a state's fields gives the cause alone; which state it was about ("An error occurred while executing
    the state …") is put before it by the interpreter.
    """

    def __init__(self, error: str | None, cause: str | None = None, location: str = "") -> None:
        """Error and cause may be absent: a Fail state names neither if it wants. `location` is that of the field
        whose JSONata failed, as history shows it: `Arguments/Payload`."""
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.location = location
