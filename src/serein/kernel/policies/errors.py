"""What is wrong with a policy document."""


class MalformedPolicy(ValueError):
    """A document is no policy. `message` is AWS's sentence; services say it under their own codes."""

    def __init__(self, message: str = "Syntax errors in policy.") -> None:
        super().__init__(message)
        self.message = message
