"""The command lines by which a container engine runs a function's image; pure, and the same for every engine.

The container gets what Lambda gives an image: its user, a root folder that can't be written to, a /tmp of the size
asked, no capabilities, and the machine's network, on which the Runtime API is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serein.kernel.runner import ContainerImage, FunctionSpec
from serein.runtime.sandbox_plan import GROUP, USER
from serein.runtime.variables import Place, lambda_variables

SERVER_LABEL = "dev.serein.server"
"""Names the server that a container belongs to, so that it finds what a killed one has left."""
_MAXIMUM_PROCESSES = 1024
_MAXIMUM_DESCRIPTORS = 1024
_MAXIMUM_OF_USER = 8192
"""Of processes: the containers have one user, so that the limit of a user is theirs together."""
_SLACK_MB = 16
_MEGABYTES_PER_PROCESSOR = 1769
_OF_THE_IMAGE = frozenset(
    {
        "_HANDLER",
        "AWS_EXECUTION_ENV",
        "HOME",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "TMPDIR",
        "TZ",
    }
)
"""AWS: variables that base images set, and that others do without."""
_OF_ENGINES = ("BUILDAH_", "CONTAINER", "DBUS_", "DOCKER_", "GO", "LD_", "NERDCTL_", "PODMAN_", "REGISTRY_", "XDG_")
_NAMED_FACTS = ("Entrypoint", "Cmd")


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image of this machine."""

    identity: str
    """64 hexadecimal digits."""
    entry_point: tuple[str, ...]
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Container:
    """A container to run."""

    name: str
    server: str
    """The label's value."""
    variables: Mapping[str, str]
    mounts: tuple[tuple[str, str], ...] = ()
    """Files of the host, and where the function sees them."""
    is_cpu_limited: bool = False


def image_facts(described: Mapping[str, Any]) -> ImageFacts:
    """What `image inspect` tells of one."""
    config = described.get("Config") or {}
    entry_point, command = (tuple(config.get(name) or ()) for name in _NAMED_FACTS)
    return ImageFacts(str(described["Id"]).removeprefix("sha256:"), entry_point, command)


def program_of(image: ContainerImage, facts: ImageFacts) -> tuple[str, ...]:
    """The program and its arguments; the function's ImageConfig replaces either part of it."""
    return (image.entry_point or facts.entry_point) + (image.command or facts.command)


def image_variables(spec: FunctionSpec, place: Place) -> dict[str, str]:
    """The variables that Lambda gives an image: what its base image is to set is left to it."""
    own = dict(spec.environment)
    variables = lambda_variables(spec, place)
    return {name: value for name, value in variables.items() if name in own or name not in _OF_THE_IMAGE}


def run_arguments(spec: FunctionSpec, facts: ImageFacts, container: Container) -> list[str]:
    """`run …`: the container ends with its program, and is removed then; its output is the command's."""
    image = spec.image
    assert image is not None
    program = program_of(image, facts)
    # Why no time to stop: Podman's `rm --force` would first wait for a program that doesn't heed SIGTERM.
    arguments = [
        "run",
        "--rm",
        "--stop-timeout",
        "0",
        "--name",
        container.name,
        "--label",
        f"{SERVER_LABEL}={container.server}",
    ]
    arguments += ["--network", "host", "--read-only", "--user", f"{USER}:{GROUP}", "--cap-drop", "ALL"]
    arguments += ["--security-opt", "no-new-privileges", *_limits(spec, is_cpu_limited=container.is_cpu_limited)]
    arguments += ["--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777,size={spec.ephemeral_storage_mb}m"]
    for source, target in container.mounts:
        arguments += ["--volume", f"{source}:{target}:ro"]
    for name, value in container.variables.items():
        arguments += ["--env", name if is_passed_by_name(name) else f"{name}={value}"]
    if image.working_directory:
        arguments += ["--workdir", image.working_directory]
    # Why always: an engine that is given an entry point forgets the image's own command.
    if program:
        arguments += ["--entrypoint", program[0]]
    return [*arguments, facts.identity, *program[1:]]


def is_passed_by_name(name: str) -> bool:
    """Whether the engine's command may have a variable of the function's in its own environment.

    Why: its arguments can be read by every user of the machine, its environment can't. But a variable that the
    command itself heeds must not come from a function.
    """
    return name not in ("HOME", "PATH", "TMPDIR") and not name.upper().startswith(_OF_ENGINES)


def _limits(spec: FunctionSpec, *, is_cpu_limited: bool) -> list[str]:
    # Why more than the memory size: files in /tmp count too, which AWS keeps on a disk. What the processes themselves
    # use is watched; this is the wall behind it.
    memory = f"{spec.memory_mb + spec.ephemeral_storage_mb + _SLACK_MB}m"
    share = spec.memory_mb / _MEGABYTES_PER_PROCESSOR
    limits = ["--memory", memory, "--memory-swap", memory, "--pids-limit", str(_MAXIMUM_PROCESSES)]
    for name, most in (("nofile", _MAXIMUM_DESCRIPTORS), ("nproc", _MAXIMUM_OF_USER), ("core", 0)):
        limits += ["--ulimit", f"{name}={most}:{most}"]
    limits += ["--cpu-shares", str(max(2, round(1024 * share)))]
    return limits + (["--cpus", f"{max(share, 0.01):.2f}"] if is_cpu_limited else [])


def exit_status(code: int) -> int:
    """An engine tells of a signal by 128 and its number; here it is minus the number."""
    return 128 - code if 128 < code <= 128 + 64 else code
