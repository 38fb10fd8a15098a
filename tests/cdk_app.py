"""An app that writes a cloud assembly as the CDK's library does, without the library: what `app.json` describes.

It is the command of the `cdk.json` that tests write: its environment is recorded, its folders are staged.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

DESTINATION = {
    "bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}",
    "objectKey": "",
    "assumeRoleArn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-file-publishing-role",
}
PARAMETER = "/cdk-bootstrap/hnb659fds/version"


def main() -> None:
    described = json.loads(Path("app.json").read_text())
    context = json.loads(os.environ["CDK_CONTEXT_JSON"])
    if overflow := os.environ.get("CONTEXT_OVERFLOW_LOCATION_ENV"):
        context.update(json.loads(Path(overflow).read_text()))
    told = {name: value for name, value in os.environ.items() if name.startswith(("CDK_", "AWS_"))}
    Path("told.json").write_text(json.dumps({"environment": told, "context": context}))
    with Path("runs.txt").open("a") as runs:
        runs.write("run\n")
    print(described.get("says", ""))
    if described.get("fails"):
        sys.exit(1)
    write(Path(os.environ["CDK_OUTDIR"]), described, context)


def write(folder: Path, described: dict[str, Any], context: dict[str, Any]) -> None:
    """Write an assembly, and those nested in it."""
    folder.mkdir(parents=True, exist_ok=True)
    artifacts: dict[str, Any] = {}
    for stage, inner in described.get("stages", {}).items():
        write(folder / f"assembly-{stage}", inner, context)
        artifacts[f"assembly-{stage}"] = {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": f"assembly-{stage}", "displayName": stage},
        }
    for name, stack in described.get("stacks", {}).items():
        artifacts.update(stack_artifacts(folder, name, stack, context))
    manifest: dict[str, Any] = {"version": "40.0.0", "artifacts": artifacts}
    missing = [each for each in described.get("missing", []) if each["key"] not in context]
    if missing:
        manifest["missing"] = missing
    (folder / "manifest.json").write_text(json.dumps(manifest))


def stack_artifacts(folder: Path, name: str, stack: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(stack["template"])
    files: dict[str, Any] = dict(stack.get("files", {}))
    for asset, source in stack.get("folders", {}).items():
        content = staged(folder, Path(source))
        text = text.replace(f"ASSET:{asset}", f"{content}.zip")
        files[content] = {
            "source": {"path": f"asset.{content}", "packaging": "zip"},
            "destinations": {"here": {**DESTINATION, "objectKey": f"{content}.zip"}},
        }
    for key, value in context.items():
        text = text.replace(f"CONTEXT:{key}", str(value))
    (folder / f"{name}.template.json").write_text(text)
    own = hashlib.sha256(text.encode()).hexdigest()
    files[own] = {
        "source": {"path": f"{name}.template.json", "packaging": "file"},
        "destinations": {"here": {**DESTINATION, "objectKey": f"{own}.json"}},
    }
    assets = {"version": "40.0.0", "files": files, "dockerImages": stack.get("images", {})}
    (folder / f"{name}.assets.json").write_text(json.dumps(assets))
    properties = {
        "templateFile": f"{name}.template.json",
        "stackTemplateAssetObjectUrl": f"s3://{DESTINATION['bucketName']}/{own}.json",
        "requiresBootstrapStackVersion": 6,
        "bootstrapStackVersionSsmParameter": PARAMETER,
        **stack.get("properties", {}),
    }
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}},
        name: {
            "type": "aws:cloudformation:stack",
            "environment": stack.get("environment", "aws://unknown-account/unknown-region"),
            "properties": properties,
            "dependencies": [f"{name}.assets", *stack.get("after", [])],
            "metadata": stack.get("metadata", {}),
            "displayName": stack.get("displayName", name),
        },
    }


def staged(folder: Path, source: Path) -> str:
    """Copy a folder into the assembly under a name made from its content."""
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        digest.update(str(path.relative_to(source)).encode() + (path.read_bytes() if path.is_file() else b""))
    content = digest.hexdigest()
    shutil.copytree(source, folder / f"asset.{content}", dirs_exist_ok=True)
    return content


if __name__ == "__main__":
    main()
