"""Try every CloudFormation and SAM template of some folders against a running server, and count what happens.

Usage: python -m scripts.template_collections FOLDER… [--endpoint URL] [--every N] [--plan-only] [--json FILE]

Each template goes through four steps, and the tables say how many pass each and why the others don't:
*read* (YAML or JSON with Resources), *plan* (its files are packaged, a change set transforms and checks it), *deploy*
(the change set is executed) and *clean* (deployed without a warning). Every template has an account of its own.

Why nothing is built: a collection's dependencies take hours to install. Code goes as its sources, or as an empty
package where a build would have made it, so functions are created and none can be expected to run; a custom
resource whose function needs its dependencies fails for that reason. Parameters without a default get a value that
fits their type, pattern and name.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scripts.template_parameters import values_for
from serein.deploy.artifacts import Artifacts
from serein.deploy.build.cache import BuildCache
from serein.deploy.build.packages import Package, Packager, Unit
from serein.deploy.errors import DeployFailed
from serein.deploy.packaging import Packaging
from serein.deploy.progress import silent
from serein.deploy.templates import Template, read_template

_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_SKIPPED = frozenset({"node_modules", ".git", ".aws-sam", "cdk.out", ".serverless", ".terraform", "venv", ".venv"})
_NAMED = re.compile(r"^[\"']?Resources[\"']?\s*:|[\"']Resources[\"']\s*:", re.MULTILINE)
_TYPED = re.compile(r"[\"']?Type[\"']?\s*:\s*[\"']?(AWS|Custom|Alexa)::")
_SAM = "AWS::Serverless"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_LARGEST_BODY_BYTES = 51_200
_PATIENCE_SECONDS = 45
"""For one stack; a custom resource that never answers would take an hour."""
_CREATING = Lock()
"""A session makes one client at a time."""
STEPS = ("read", "plan", "deploy", "clean")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a template came: the steps that it passed, and why not further."""

    path: str
    kind: str
    """`SAM` or `CloudFormation`."""
    passed: int
    reason: str = ""
    seconds: float = 0.0


class Unbuilt(Packager):
    """Packages sources as they are."""

    def __init__(self, cache: BuildCache, empty: Path) -> None:
        super().__init__(cache)
        self._empty = empty

    def tool(self, unit: Unit) -> str:
        """None: nothing is built."""
        return ""

    def image(self, logical_id: str, metadata: dict[str, Any], folder: Path) -> str:
        """The name of an image that no engine has."""
        return f"localhost/unbuilt/{logical_id.lower()}:latest"

    def package(self, unit: Unit) -> Package:
        """The sources, or a package with one empty file where they aren't there."""
        if not unit.source.exists() or (unit.source.is_dir() and not any(unit.source.iterdir())):
            return Package(self._empty, hashlib.sha256(self._empty.read_bytes()).hexdigest())
        return super().package(Unit(unit.logical_id, unit.source))


class Trial:
    """One template's way through the steps."""

    def __init__(
        self, path: Path, session: boto3.Session, endpoint: str, packager: Packager, *, plans_only: bool
    ) -> None:
        digest = hashlib.sha256(str(path).encode()).hexdigest()
        self._path = path
        self._packager = packager
        self._plans_only = plans_only
        self._name = f"t{digest[:8]}"
        account = str(int(digest[:12], 16) % 900_000_000_000 + 100_000_000_000)
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "test", "region_name": "us-east-1"}
        patient = Config(retries={"max_attempts": 1}, read_timeout=60)
        with _CREATING:
            s3, self._ssm, self._stacks = (
                session.client(service, endpoint_url=endpoint, config=patient, **keys)
                for service in ("s3", "ssm", "cloudformation")
            )
        self._artifacts = Artifacts(s3, account, "us-east-1")
        self._pause = Event()

    def outcome(self) -> Outcome:
        """Try the steps in turn."""
        began = time.monotonic()
        kind = "SAM" if _SAM in self._path.read_text(errors="replace") else "CloudFormation"
        passed, reason = 0, ""
        try:
            template = read_template(self._path)
            passed = 1
            self._plan(template)
            passed = 2
            if not self._plans_only:
                warning = self._deploy()
                passed, reason = (3, f"warning: {warning}") if warning else (4, "")
        except (DeployFailed, Unfinished, ValueError, OSError) as error:
            reason = str(error)
        except (ClientError, BotoCoreError) as error:
            reason = f"{type(error).__name__}: {error}"
        if not self._plans_only and passed > 1:
            self._remove()
        return Outcome(str(self._path), kind, passed, reason, round(time.monotonic() - began, 2))

    def _plan(self, template: Template) -> None:
        parameters = values_for(template, self._name, self._ssm)
        packaged = Packaging(self._packager, self._artifacts).package(template, self._path.parent, parameters)
        text = json.dumps(packaged.template)
        body = {"TemplateBody": text}
        if len(text.encode()) > _LARGEST_BODY_BYTES:
            key = f"{hashlib.sha256(text.encode()).hexdigest()}.template.json"
            self._artifacts.upload(key, text.encode())
            body = {"TemplateURL": self._artifacts.url(key)}
        self._stacks.create_change_set(
            StackName=self._name,
            ChangeSetName="trial",
            ChangeSetType="CREATE",
            Capabilities=_CAPABILITIES,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            **body,
        )
        status = self._reached(lambda: self._stacks.describe_change_set(StackName=self._name, ChangeSetName="trial"))
        if status["Status"] != "CREATE_COMPLETE":
            raise Unfinished(status.get("StatusReason", status["Status"]))

    def _deploy(self) -> str:
        """Execute the change set; gives the first warning."""
        self._stacks.execute_change_set(StackName=self._name, ChangeSetName="trial")
        stack = self._reached(lambda: self._stacks.describe_stacks(StackName=self._name)["Stacks"][0], "StackStatus")
        if stack["StackStatus"] != "CREATE_COMPLETE":
            raise Unfinished(self._cause() or str(stack["StackStatus"]))
        rows = self._stacks.describe_stack_resources(StackName=self._name)["StackResources"]
        told = [
            f"{row['ResourceType']}: {row['ResourceStatusReason']}" for row in rows if "ResourceStatusReason" in row
        ]
        return told[0] if told else ""

    def _cause(self) -> str:
        """What failed first and why."""
        events = self._stacks.describe_stack_events(StackName=self._name)["StackEvents"]
        for event in reversed(events):
            reason = event.get("ResourceStatusReason", "")
            is_cause = event["ResourceStatus"].endswith("_FAILED") or event["ResourceStatus"] == "ROLLBACK_IN_PROGRESS"
            if is_cause and "cancelled" not in reason:
                return f"{event['ResourceType']}: {reason}"
        return ""

    def _reached(self, describe: Callable[[], dict[str, Any]], member: str = "Status") -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE_SECONDS
        pause = 0.02
        while (found := describe())[member].endswith(("_IN_PROGRESS", "_PENDING")):
            if time.monotonic() > until:
                waiting = [
                    row["ResourceType"]
                    for row in self._stacks.describe_stack_resources(StackName=self._name)["StackResources"]
                    if row["ResourceStatus"].endswith("_IN_PROGRESS")
                ]
                raise Unfinished(f"not done after {_PATIENCE_SECONDS} s: {', '.join(sorted(set(waiting)))}")
            self._pause.wait(pause)
            pause = min(pause * 1.5, 0.5)
        return found

    def _remove(self) -> None:
        """Start the deletion; what can't be deleted stays, in an account that nobody uses again."""
        try:
            self._stacks.delete_stack(StackName=self._name)
        except (ClientError, BotoCoreError) as error:
            print(f"{self._path}: {error}", file=sys.stderr)


class Unfinished(Exception):
    """A step was not passed; the message says why."""


def templates_in(folder: Path) -> Iterator[Path]:
    """Every file that looks like a template."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _SUFFIXES or not path.is_file() or _SKIPPED & set(path.parts):
            continue
        text = path.read_text(errors="replace")
        if _NAMED.search(text) and _TYPED.search(text):
            yield path


def tables(outcomes: list[Outcome], deepest: int) -> str:
    """The counts and the reasons, as Markdown."""
    lines = [f"| templates | all | {' | '.join(STEPS[:deepest])} |", f"| --- |{' ---: |' * (deepest + 1)}"]
    for kind in sorted({each.kind for each in outcomes}):
        found = [each for each in outcomes if each.kind == kind]
        reached = [sum(each.passed > step for each in found) for step in range(deepest)]
        cells = [f"{count} ({count / len(found):.1%})" for count in reached]
        lines.append(f"| {kind} | {len(found)} | {' | '.join(cells)} |")
    for step in range(deepest):
        reasons = Counter(_grouped(each.reason) for each in outcomes if each.passed == step)
        if reasons:
            lines += ["", f"Not passed: {STEPS[step]}", "", "| templates | reason |", "| ---: | --- |"]
            lines += [f"| {count} | {reason} |" for reason, count in reasons.most_common()]
    return "\n".join(lines)


def _grouped(reason: str) -> str:
    """A reason without what is the single template's own."""
    line = " ".join(reason.split()).replace("|", "/")
    line = re.sub(r"/\S*/", "", line)
    line = re.sub(r"arn:\S+", "arn:…", line)
    line = re.sub(r"\bt[0-9a-f]{8}\S*", "…", line)
    line = re.sub(r"\[[^\]:/ ]{1,64}\]", "[…]", line)
    return re.sub(r"\b\w{8}-\w{4}-\w{4}-\w{4}-\w{12}\b", "…", line)[:300]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--endpoint", default="http://127.0.0.1:4566")
    parser.add_argument("--every", type=int, default=1, help="Try every Nth template only.")
    parser.add_argument("--plan-only", action="store_true", help="Don't deploy.")
    parser.add_argument("--jobs", type=int, default=2, help="How many at once.")
    parser.add_argument("--json", type=Path, help="Where each template's outcome goes, a line each.")
    asked = parser.parse_args()
    paths = [path for folder in asked.folders for path in templates_in(folder.resolve())][:: asked.every]
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "empty.zip"
        with zipfile.ZipFile(empty, "w") as archive:
            archive.writestr("unbuilt", "")
        packager = Unbuilt(BuildCache(Path(scratch), silent), empty)
        session = boto3.Session()

        def attempt(path: Path) -> Outcome:
            return Trial(path, session, asked.endpoint, packager, plans_only=asked.plan_only).outcome()

        outcomes = []
        with ThreadPoolExecutor(asked.jobs) as pool, (asked.json or Path(os.devnull)).open("w") as lines:
            for outcome in pool.map(attempt, paths):
                outcomes.append(outcome)
                print(json.dumps(asdict(outcome)), file=lines, flush=True)
    print(tables(outcomes, 2 if asked.plan_only else len(STEPS)))


if __name__ == "__main__":
    main()
