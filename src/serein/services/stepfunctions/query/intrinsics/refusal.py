"""What an intrinsic function says of arguments that it doesn't take."""


class Refused(ValueError):
    """The arguments aren't what the function takes; the message says why."""
