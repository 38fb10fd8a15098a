"""The test kit: a real server for a test session, the virtual clock, and waiting for idle."""

from serein.testing.serving import ServerProcess
from serein.testing.session import Busy, Clock, Serein, Stack

__all__ = ["Busy", "Clock", "Serein", "ServerProcess", "Stack"]
