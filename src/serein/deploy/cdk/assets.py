"""Publishing assets: files, folders as zips, and images, to where the app's templates look for them."""

import os
import subprocess
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.images import build_image, find_engine
from serein.deploy.build.tools import run_tool
from serein.deploy.cdk.assembly import Asset
from serein.deploy.cdk.environments import Environment
from serein.deploy.errors import BuildFailed
from serein.deploy.progress import Say
from serein.deploy.sources import Entry
from serein.settings import inherited

OWN_FOLDER = ".serein"
_PATIENCE_SECONDS = 900


class AssetPublisher:
    """Publishes what is not there yet. Keys are made from content, by the app."""

    def __init__(self, cache: BuildCache, say: Say) -> None:
        self._cache = cache
        self._say = say
        self._present: set[tuple[str, ...]] = set()
        self._buckets: set[tuple[str, ...]] = set()

    def publish(self, asset: Asset, environment: Environment) -> None:
        """Bring an asset to all its destinations. Raises BuildFailed."""
        for destination in asset.destinations:
            if asset.is_image:
                self._publish_image(asset, destination, environment)
            else:
                self._publish_file(asset, destination, environment)

    def upload(self, path: Path, bucket: str, key: str, environment: Environment) -> None:
        """Store a file under a key, unless it is there."""
        place = (environment.account, environment.region, bucket, key)
        if place in self._present:
            return
        s3 = environment.client("s3")
        self._require_bucket(s3, bucket, environment)
        if not _exists(s3, bucket, key):
            with path.open("rb") as body:
                s3.put_object(Bucket=bucket, Key=key, Body=body)
        self._present.add(place)

    def package(self, asset: Asset) -> Path:
        """The file that is published. Raises BuildFailed."""
        if command := asset.source.get("executable"):
            path = _made_by(asset, [str(part) for part in command])
        else:
            path = asset.folder / str(asset.source.get("path", ""))
        if not path.exists():
            raise BuildFailed(f"The asset {asset.id}: {path} does not exist.")
        if asset.source.get("packaging") != "zip":
            return path
        return self.zipped(asset.id, path)

    def zipped(self, content: str, path: Path) -> Path:
        """A folder (or a file) as a zip; `content` names what it holds."""
        entries = every_entry(path) if path.is_dir() else [Entry(path.name, path)]
        return self._cache.write_package(path.name, content, entries)

    def _publish_file(self, asset: Asset, destination: dict[str, Any], environment: Environment) -> None:
        place = _placed(destination, environment)
        bucket, key = place.filled(str(destination["bucketName"])), place.filled(str(destination["objectKey"]))
        self.upload(self.package(asset), bucket, key, place)

    def _publish_image(self, asset: Asset, destination: dict[str, Any], environment: Environment) -> None:
        place = _placed(destination, environment)
        repository, tag = place.filled(str(destination["repositoryName"])), place.filled(str(destination["imageTag"]))
        suffix = "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com"
        uri = f"{place.account}.dkr.ecr.{place.region}.{suffix}/{repository}:{tag}"
        if ("image", uri) in self._present:
            return
        name = str(asset.source.get("directory") or asset.id)
        what = f"The image asset {name}"
        engine = find_engine(what)
        built = self._build_image(what, asset)
        run_tool(what, [*engine, "tag", built, uri], asset.folder)
        self._present.add(("image", uri))

    def _build_image(self, what: str, asset: Asset) -> str:
        """Build or load an image; its local name. Raises BuildFailed."""
        source = asset.source
        if source.get("executable"):
            return _output_of(asset, [str(part) for part in source["executable"]])
        unknown = sorted(set(source) - _KNOWN)
        if unknown:
            raise BuildFailed(f"{what}: Serein builds no image with {', '.join(unknown)}.")
        self._say(f"Building the image {source['directory']}")
        metadata = {
            "DockerContext": str(source["directory"]),
            "Dockerfile": str(source.get("dockerFile") or "Dockerfile"),
            "DockerBuildArgs": source.get("dockerBuildArgs") or {},
            "DockerBuildTarget": source.get("dockerBuildTarget"),
        }
        return build_image(f"cdk-{asset.id[:12]}", metadata, asset.folder)

    def _require_bucket(self, s3: Any, bucket: str, environment: Environment) -> None:
        """Make a bucket that an app's synthesizer names itself; the usual one is the bootstrap's."""
        known = (environment.account, environment.region, bucket)
        if known in self._buckets:
            return
        region = environment.region
        options = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            s3.create_bucket(Bucket=bucket, **options)
        self._buckets.add(known)


# A platform is known and not asked for: what runs on this machine is built for it.
_KNOWN = frozenset({"directory", "dockerFile", "dockerBuildArgs", "dockerBuildTarget", "platform", "executable"})


def every_entry(folder: Path) -> list[Entry]:
    """Every file of a staged asset, links followed: the app has left out already what does not belong.

    Serein's own folder is what an app doesn't know of.
    """
    found = []
    for place, folders, files in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if name != OWN_FOLDER)
        base = Path(place)
        found += [Entry((base / name).relative_to(folder).as_posix(), base / name) for name in files]
    return sorted((entry for entry in found if entry.path.is_file()), key=lambda entry: entry.name)


def _placed(destination: dict[str, Any], environment: Environment) -> Environment:
    """The environment that a destination is in, which may be another region's."""
    region = environment.filled(str(destination.get("region") or environment.region))
    return Environment(environment.account, region, environment.partition, environment.make_client)


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _made_by(asset: Asset, command: list[str]) -> Path:
    return Path(_output_of(asset, command))


def _output_of(asset: Asset, command: list[str]) -> str:
    """What an asset's own program prints: the path of a file, or the name of an image. Raises BuildFailed."""
    try:
        done = subprocess.run(
            command,
            cwd=asset.folder,
            env=inherited(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"The asset {asset.id}: {' '.join(command)} can't be run: {error}") from error
    if done.returncode != 0:
        raise BuildFailed(f"The asset {asset.id}: {' '.join(command)} failed.\n{done.stderr[-4000:]}")
    return done.stdout.strip()
