"""What makes a state fail: an error's name, which Retry and Catch go by, and its cause."""

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"


class StateFailed(Exception):
    """A state failed with the error `error` ("States.Timeout", "MyError") because of `cause`, text for people."""

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        """Both may be absent: a Fail state names neither if it wants."""
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
