"""Functions whose code is a container image: what a function's record says of it, for the runner."""

from pathlib import Path

from serein.kernel.runner import ContainerImage
from serein.services.lambda_.configuration import Configuration

IMAGE_RUNTIME = "image"
TASK_ROOT = Path("/var/task")
"""Where AWS's base images have the code; what is there is the image's matter."""


def find_image(configuration: Configuration) -> ContainerImage | None:
    """The image that is the function's code; None for one with a package."""
    image = configuration.get("_image")
    if image is None:
        return None
    given = configuration.get("ImageConfigResponse", {}).get("ImageConfig", {})
    return ContainerImage(
        image["ImageUri"],
        configuration.get("_image_identity", ""),
        tuple(given.get("EntryPoint") or ()),
        tuple(given.get("Command") or ()),
        given.get("WorkingDirectory") or "",
    )
