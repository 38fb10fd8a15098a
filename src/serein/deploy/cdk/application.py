"""A CDK app being deployed: run, its assembly read, its assets published, its stacks deployed in order."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from serein.deploy.application import Options, Target
from serein.deploy.build.cache import BuildCache
from serein.deploy.cdk.assembly import Assembly, StackArtifact, read_assembly
from serein.deploy.cdk.assets import OWN_FOLDER, AssetPublisher
from serein.deploy.cdk.context import look_up
from serein.deploy.cdk.delivery import Delivered, Delivery
from serein.deploy.cdk.edits import CodeFolder, edited, files_by_name, find_code_folders
from serein.deploy.cdk.environments import Environments
from serein.deploy.cdk.project import ASSEMBLY, CONTEXT, is_assembly, open_cdk
from serein.deploy.cdk.providers import helper_functions
from serein.deploy.cdk.synthesis import Surroundings, run_app
from serein.deploy.errors import TemplateInvalid
from serein.deploy.plans import Plan
from serein.deploy.progress import Say, Watch, silent, unwatched
from serein.deploy.sources import Entry, content_hash
from serein.deploy.stacks import Deployed

_MOST_ROUNDS = 10
"""How often an app may ask for more context."""


class CdkApplication:
    """A CDK app and its stacks. `deploy` again after changes: only what changed is published and deployed."""

    def __init__(
        self,
        path: Path,
        target: Target,
        stack_name: str = "",
        options: Options | None = None,
        say: Say = silent,
        watch: Watch = unwatched,
    ) -> None:
        """Raises TemplateInvalid.

        `stack_name` is patterns that name stacks as `cdk deploy` does, with commas between them; without them all are
        meant. Parameters go to the stacks that declare them; `Stack:Name` says which.
        """
        self._path = path
        self.project = open_cdk(path)
        options = options or Options()
        if options.stage:
            raise TemplateInvalid(
                f"{path}: a CDK app's stages are chosen by their stacks: --stack '{options.stage}/*'."
            )
        self.stack_name = stack_name or self.project.folder.name
        self.deployed: Deployed | None = None
        self._pattern = stack_name
        self._target, self._options = target, options
        self._say, self._watch = say, watch
        self._data = (options.data or self.project.folder / OWN_FOLDER).resolve()
        self._cache = BuildCache(self._data / "build", say)
        self._delivery: Delivery | None = None
        self._delivered: dict[str, Delivered] = {}
        self._code: list[CodeFolder] = []
        self._files: frozenset[Path] = frozenset()
        self._seen: dict[Path, bytes] = {}

    @property
    def folder(self) -> Path:
        """Where the app is."""
        return self.project.folder

    @property
    def sources(self) -> dict[str, Path]:
        """Where code is that is not in the project's folder: nowhere, as far as that is known."""
        return {}

    def deploy(self) -> Deployed:
        """Run the app, publish its assets and deploy its stacks. Raises DeployFailed."""
        with self._alone():
            return self._deploy(self._stacks(self._synthesised()))

    def plan(self) -> list[Plan]:
        """What `deploy` would change, stack by stack. Raises DeployFailed."""
        with self._alone():
            return [self._connect().plan(stack) for stack in self._stacks(self._synthesised())]

    def redeploy(self, changed: Collection[Path] = (), show: Callable[[Plan], None] | None = None) -> list[str]:
        """Bring what changed into effect, and return the names of what did. Raises DeployFailed.

        When only code changed that functions run as it is, they get it directly: that takes milliseconds, and the
        next deployment finds them up to date. Else the app is run again, and the stacks that came out differently are
        deployed. Files that are what they were are not changes: some apps write into their own folder.
        """
        if changed and not (changed := self._new_content(changed)):
            return []
        folders = edited(self._code, changed) if changed and self._delivered else None
        if folders:
            return [name for folder in folders for name in self._update_code(folder)]
        with self._alone():
            stacks = self._stacks(self._synthesised())
            for stack in stacks if show is not None and self._delivered else ():
                plan = self._connect().plan(stack, self._delivered.get(stack.id))
                if show is not None and not plan.is_empty:
                    show(plan)
            self._deploy(stacks)
        return [each.artifact.display_name for each in self._delivered.values() if each.deployed.is_changed]

    def delete(self) -> list[str]:
        """Delete the app's stacks, those first that others need least; the names of those that were there."""
        folder = self._data / ASSEMBLY
        with self._alone():
            assembly = read_assembly(folder) if is_assembly(folder) else self._synthesised()
        gone = []
        for stack in reversed(assembly.selected(self._pattern)):
            self._say(f"Deleting the stack {stack.name}")
            if self._connect().delete(stack):
                gone.append(stack.name)
        return gone

    def _deploy(self, stacks: Iterable[StackArtifact]) -> Deployed:
        known = self._delivered
        made = [self._connect().deploy(stack, known.get(stack.id)) for stack in stacks]
        self._delivered = {each.artifact.id: each for each in made}
        index = files_by_name(self.folder)
        self._files = frozenset(path for paths in index.values() for path in paths)
        self._code = find_code_folders(index, [(each.artifact, each.template) for each in made])
        self.deployed = self._merged(made)
        return self.deployed

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The assembly is this process's own inside: several commands may be about the same project."""
        self._data.mkdir(parents=True, exist_ok=True)
        with (self._data / "cdk.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("Waiting for another command that is about this app")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _connect(self) -> Delivery:
        if self._delivery is None:
            environments = Environments(self._target.session, self._target.endpoint)
            publisher = AssetPublisher(self._cache, self._say)
            self._delivery = Delivery(environments, publisher, self._options, self._say, self._watch)
        return self._delivery

    def _synthesised(self) -> Assembly:
        """The app's assembly as it is now, with all the context that it asks for."""
        self.project = open_cdk(self._path)
        if self.project.assembly is not None:
            assembly = read_assembly(self.project.assembly)
            if assembly.missing:
                keys = ", ".join(str(each.get("key")) for each in assembly.missing)
                raise TemplateInvalid(f"{self.project.assembly} was made without context that its app asks for: {keys}")
            return assembly
        target, environments = self._data / ASSEMBLY, self._connect().environments
        about = Surroundings(environments.account, environments.region, environments.variables())
        kept = self._data / CONTEXT
        context: dict[str, Any] = json.loads(kept.read_text()) if kept.is_file() else {}
        for _ in range(_MOST_ROUNDS):
            self._say("Running the app")
            shutil.rmtree(target, ignore_errors=True)
            run_app(self.project, target, about, context)
            assembly = read_assembly(target)
            found = {
                str(each["key"]): look_up(each, environments)
                for each in assembly.missing
                if str(each["key"]) not in context
            }
            if not found:
                return assembly
            context.update(found)
            kept.write_text(json.dumps(context, indent=2))
        raise TemplateInvalid(f"{self.folder}: the app still asks for context after {_MOST_ROUNDS} runs.")

    def _stacks(self, assembly: Assembly) -> tuple[StackArtifact, ...]:
        """The stacks that are wanted. Raises TemplateInvalid for what the app itself calls wrong."""
        stacks = assembly.selected(self._pattern)
        if not stacks:
            raise TemplateInvalid(f"{self.folder}: the app has no stacks.")
        wrong = [text for stack in stacks for level, text in stack.messages if level == "error"]
        if wrong:
            raise TemplateInvalid("\n  ".join(["The app says that it is wrong:", *wrong]))
        declared = {name for stack in stacks for name in stack.template().get("Parameters") or {}}
        unknown = [name for name in self._options.parameters if name.rpartition(":")[2] not in declared]
        if unknown:
            raise TemplateInvalid(f"No stack of the app has the parameters {', '.join(unknown)}.")
        return stacks

    def _update_code(self, code: CodeFolder) -> list[str]:
        """Give functions the code that a folder holds now."""
        entries = [Entry(name, code.folder / name) for name in code.names]
        content = content_hash(entries)
        package = self._cache.write_package(code.folder.name, content, entries)
        for stack_id, logical_id in code.functions:
            self._connect().update_code(self._delivered[stack_id], logical_id, content, package)
        return [logical_id for _, logical_id in code.functions]

    def _new_content(self, changed: Collection[Path]) -> list[Path]:
        """The changed files that count and hold something else than when they were last looked at.

        Code of functions counts whatever `watch` in cdk.json says: what `cdk init` writes there leaves out `**/*.js`.
        """
        found = []
        watched = self.project.watched(changed)
        for path in changed:
            if path not in watched and not edited(self._code, [path]):
                continue
            if not path.is_file() and path not in self._files and path not in self._seen:
                # What came and went between: editors and tools write beside a file before they rename.
                continue
            content = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
            if self._seen.get(path) != content:
                self._seen[path] = content
                found.append(path)
        return found

    def _merged(self, made: list[Delivered]) -> Deployed:
        """One picture of all stacks; names have their stack's before them where there are several.

        Functions that the library adds are left out: they are of no interest to people.
        """
        environments = self._connect().environments
        merged = Deployed(self.stack_name, any(each.deployed.is_changed for each in made))
        if len(made) == 1:
            merged.name = made[0].artifact.name
        for each in made:
            artifact, deployed = each.artifact, each.deployed
            prefix = f"{artifact.display_name}/" if len(made) > 1 else ""
            place = environments.environment(artifact.account, artifact.region)
            merged.outputs.update({prefix + name: value for name, value in deployed.outputs.items()})
            merged.changes.update({prefix + name: change for name, change in deployed.changes.items()})
            merged.warnings += [" ".join(text.split()) for level, text in artifact.messages if level == "warning"]
            merged.warnings += [prefix + text for text in deployed.warnings]
            merged.warnings += [
                f"{prefix}{asset.id[:12]}: an asset of the whole project has {OWN_FOLDER} in it, which always changes: "
                f"leave it out, with `exclude`."
                for asset in artifact.assets
                if (asset.folder / str(asset.source.get("path")) / OWN_FOLDER).exists()
            ]
            if (place.account, place.region) == (environments.account, environments.region):
                own = deployed.types.keys() - helper_functions(each.template)
                merged.resources.update(
                    {prefix + name: deployed.resources[name] for name in deployed.types if name in own}
                )
                merged.types.update({prefix + name: kind for name, kind in deployed.types.items() if name in own})
            else:
                merged.warnings.append(f"The stack {artifact.name} is in {place.account}/{place.region}.")
        return merged
