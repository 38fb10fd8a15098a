"""Every setting of a server, in one place; the only reader of the environment."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server can be told. Each field is also the environment variable `SEREIN_<NAME>`."""

    port: int = 4566
    """TCP port; 0 picks a free one."""
    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback makes the server reachable by others: use `auth` then."""
    data: Path = Path(".serein")
    """Folder for everything durable."""
    database: str = ""
    """Empty for the embedded database, or `postgresql://…`."""
    clock: str = "system"
    """`system`, or `virtual`: time stands still until `POST /_serein/clock` advances it."""
    auth: str = "off"
    """`off` accepts any credentials; `on` wants known access keys and right signatures."""
    root_access_key_id: str = ""
    """An access key that is account 000000000000's root with `auth`; how the first keys come to be."""
    root_secret_access_key: str = ""
    """The secret of `root_access_key_id`."""
    allowed_hosts: tuple[str, ...] = ()
    """Further host names (and their subdomains) that requests may be addressed to."""
    allowed_origins: tuple[str, ...] = ()
    """Further browser origins that may call the AWS APIs; loopback pages may."""
    throttling: str = "off"
    """`on` holds tables to their provisioned throughput, as AWS does."""
    lifecycle: str = "instant"
    """`instant`, or `realistic`: tables take as long to come, change and go as on AWS."""
    memory_mb: int = 0
    """What all function environments together may use; 0 means half of the machine's memory."""
    sandbox: str = "auto"
    """`auto` gives functions a sandbox where the machine can, `required` runs none without, `off` never has one."""
    cpu: str = "shared"
    """`shared` divides a busy machine among functions by their memory; `limited` never gives more than AWS does."""
    strict_runtimes: str = "off"
    """`on` runs a function on the very version that its runtime names or not at all, `off` on the nearest."""
    container_engine: str = "auto"
    """The command that runs functions in container images; `auto` finds docker, podman or nerdctl, `off` has none."""
    maven_repository: str = ""
    """Where AWS's runtime client for Java is downloaded, once: `https://…`; empty for Maven Central."""
    smtp: str = ""
    """`host:port` of a server that gets the e-mails of SNS; they are in the mailbox file `sns/mailbox` anyway."""
    moto: str = "off"
    """`on` lets moto (`pip install 'serein[moto]'`) answer, in memory only, for services that Serein hasn't."""
    log_level: str = "warning"
    """`debug`, `info`, `warning` or `error`: what the server logs to standard error."""

    def __post_init__(self) -> None:
        for name, allowed in (
            ("clock", ("system", "virtual")),
            ("auth", ("on", "off")),
            ("throttling", ("on", "off")),
            ("lifecycle", ("instant", "realistic")),
            ("sandbox", ("auto", "off", "required")),
            ("cpu", ("shared", "limited")),
            ("strict_runtimes", ("on", "off")),
            ("moto", ("on", "off")),
            ("log_level", ("debug", "info", "warning", "error")),
        ):
            if getattr(self, name) not in allowed:
                raise InvalidSetting(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}")
        if not 0 <= self.port <= 65_535:
            raise InvalidSetting(f"port must be between 0 and 65535, not {self.port}")
        if bool(self.root_access_key_id) != bool(self.root_secret_access_key):
            raise InvalidSetting("root_access_key_id and root_secret_access_key must be given together")
        if not self.container_engine.strip():
            raise InvalidSetting("container_engine must be auto, off, or an engine's command")
        if self.smtp and not self.smtp.rpartition(":")[2].isdigit():
            raise InvalidSetting(f"smtp must be host:port, not {self.smtp!r}")
        if self.database and not self.database.startswith(("postgresql://", "postgres://")):
            raise InvalidSetting("database must be a postgresql:// URL, or empty for the embedded database")

    @property
    def memory_limit_mb(self) -> int:
        """The limit for function environments on this machine."""
        if self.memory_mb:
            return self.memory_mb
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (2 * 1024 * 1024)


class InvalidSetting(Exception):
    """A setting has a value that it can't have; the message says which and what it may be."""


def from_environment(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from `SEREIN_*` variables; what is `given` (and not None) wins.

    Raises InvalidSetting, also for a `SEREIN_` variable that is no setting.
    """
    environment = os.environ if environment is None else environment
    types = {field.name: field.type for field in fields(Settings)}
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if variable.startswith("SEREIN_") and (name := variable[7:].lower()) in types:
            values[name] = _parse(name, str(types[name]), text)
    values.update({name: value for name, value in given.items() if value is not None})
    return Settings(**values)


def inherited() -> dict[str, str]:
    """The environment as it is, for programs that are started with it."""
    return dict(os.environ)


def adopt(environment: Mapping[str, str]) -> None:
    """Make it the environment of this process, as if it had been started with it."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


def user_cache() -> Path:
    """Where downloads that projects share are kept: `$XDG_CACHE_HOME/serein`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "serein"


def _parse(name: str, type_name: str, text: str) -> Any:
    if "int" in type_name:
        if not text.isdigit():
            raise InvalidSetting(f"SEREIN_{name.upper()} must be a number, not {text!r}")
        return int(text)
    if "Path" in type_name:
        return Path(text)
    if "tuple" in type_name:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text
