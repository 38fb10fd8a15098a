"""What the runtimes may know and use of the machine besides the data folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """Given by whoever assembles the server."""

    cache: Path
    """Where downloads are kept, which several servers may share."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The server's environment: PATH, and where version managers keep what they install."""
    maven_repository: str = ""
    """Where Java's jars are downloaded; empty for Maven Central."""
    is_strict: bool = False
    """Whether a function runs on the very version that its runtime names, or not at all."""
    container_engine: str = "auto"
    """The command of a container engine; `auto` for whichever is found, `off` for none."""
    is_sdk_loaded_ahead: bool = True
    """Whether Python functions find AWS's SDK loaded; else those that use it load it, and the others start sooner."""
    is_cpu_limited: bool = False
    """Whether a container never has more of a processor than on AWS."""

    @property
    def home(self) -> Path:
        return Path(self.variables.get("HOME") or Path.home())

    @property
    def path(self) -> str:
        """The folders of programs, with colons."""
        return self.variables.get("PATH") or "/usr/local/bin:/usr/bin:/bin"
