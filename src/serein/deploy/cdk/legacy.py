"""Assets of version 1 and of the LegacyStackSynthesizer: their places are given to the template as parameters."""

from typing import Any

from serein.deploy.cdk.assembly import StackArtifact
from serein.deploy.cdk.assets import AssetPublisher
from serein.deploy.cdk.environments import Environment
from serein.deploy.errors import BuildFailed


def publish_legacy(
    stack: StackArtifact, publisher: AssetPublisher, bucket: str, environment: Environment
) -> dict[str, str]:
    """Publish a stack's assets into a bucket, and give the template's parameters for them. Raises BuildFailed."""
    parameters: dict[str, str] = {}
    for asset in stack.properties["legacyAssets"]:
        parameters.update(_published(stack, asset, publisher, bucket, environment))
    return parameters


def _published(
    stack: StackArtifact, asset: dict[str, Any], publisher: AssetPublisher, bucket: str, environment: Environment
) -> dict[str, str]:
    if "s3BucketParameter" not in asset:
        if asset.get("packaging") == "container-image" and "imageNameParameter" in asset:
            raise BuildFailed(
                f"{stack.display_name}: the image asset {asset.get('path')} is of the LegacyStackSynthesizer, whose "
                "images Serein does not build. Leave that synthesizer out of the app."
            )
        return {}
    path = stack.template_path.parent / str(asset["path"])
    if not path.exists():
        raise BuildFailed(f"{stack.display_name}: the asset {path} does not exist.")
    content = str(asset["sourceHash"])
    is_zip = asset.get("packaging") == "zip"
    file = publisher.zipped(content, path) if is_zip else path
    prefix, name = f"assets/{asset['id']}/", f"{content}{'.zip' if is_zip else path.suffix}"
    publisher.upload(file, bucket, prefix + name, environment)
    return {
        str(asset["s3BucketParameter"]): bucket,
        str(asset["s3KeyParameter"]): f"{prefix}||{name}",
        str(asset["artifactHashParameter"]): content,
    }
