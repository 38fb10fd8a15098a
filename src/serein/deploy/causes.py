"""Known causes of failures: from what AWS says to the line that it is about and what to do.

A cause is a pattern of the message and a function; the first that matches tells. Messages are AWS's, also where Serein
says them, so that the table holds for both.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from serein.deploy.errors import DeployFailed, Place, Problem
from serein.deploy.origins import Origins
from serein.services.cloudformation.types import find_description


@dataclass(frozen=True, slots=True)
class Case:
    """A problem that is being explained."""

    problem: Problem
    origins: Origins
    path: tuple[str, ...]
    """The resource's logical id after those of the stacks that it is nested in; empty when it is about none."""
    exports: Callable[[], dict[str, str]]
    """The names of stacks by their exports; asked for only when that helps."""

    def at(self, *inner: str | int) -> Place | None:
        """Where the resource, or something inside of it, is written."""
        origin = self.origins.find(self.path, *inner) if self.path else None
        return origin.place if origin is not None else None


Explained = tuple[Place | None, str]
Explain = Callable[[Case, "re.Match[str]"], Explained]


def explained(problem: Problem, origins: Origins, exports: Callable[[], dict[str, str]]) -> Problem:
    """The problem with its place and, where the cause is known, a hint; what it has already stays."""
    path = tuple(problem.subject.split("/")) if problem.subject else ()
    case = Case(problem, origins, path, exports)
    place, hint = None, ""
    for pattern, explain in _CAUSES:
        found = pattern.search(problem.message)
        if found is not None:
            place, hint = explain(case, found)
            break
    if problem.subject:
        origin = origins.find(path)
        written = origin.name if origin is not None else ""
        if origin is not None and (origin.construct or written != path[-1]):
            made = f"Made from {origin.construct or written}."
            hint = f"{made} {hint}".rstrip()
    return replace(problem, place=problem.place or place or case.at(), hint=problem.hint or hint)


def explained_failure(
    error: DeployFailed, origins: Origins, exports: Callable[[], dict[str, str]], stack_name: str
) -> None:
    """Give a failure's problems their places and hints; one that has no problems becomes one where that helps."""
    if error.problems:
        error.problems = tuple(explained(problem, origins, exports) for problem in error.problems)
        return
    subject, colon, rest = error.message.partition(": ")
    is_about = bool(colon) and subject in origins.names
    problem = Problem(rest, subject) if is_about else Problem(error.message)
    problem = explained(problem, origins, exports)
    if problem.place is not None or problem.hint:
        error.message, error.problems = f"{stack_name} can't be deployed.", (problem,)


def meant(given: str, names: Iterable[str]) -> str:
    """`Did you mean X? `, or nothing."""
    candidates = {name.lower(): name for name in names}
    near = difflib.get_close_matches(given.lower(), candidates, n=1, cutoff=0.6)
    return f"Did you mean {candidates[near[0]]}?" if near else ""


def _unknown_property(case: Case, found: "re.Match[str]") -> Explained:
    name, inner = found["name"], _pointer(found.groupdict().get("pointer") or "")
    kind = str(case.origins.resource(case.path).get("Type") or case.problem.kind) if case.path else case.problem.kind
    description = find_description(kind) if not inner else None
    names = description.properties if description is not None else ()
    hint = meant(name, names) or (f"Properties of {kind}: {', '.join(sorted(names))}." if names else "")
    return case.at("Properties", *inner, name), hint


def _sam_refusal(case: Case, found: "re.Match[str]") -> Explained:
    name = found["id"]
    origin = case.origins.find((name,))
    place = origin.place if origin is not None else None
    wrong = re.search(r"property (\w+) not defined for resource of type ([\w:]+)", found["why"])
    if wrong is None:
        return place, ""
    inner = case.origins.find((name,), "Properties", wrong[1])
    return (inner.place if inner is not None else place), meant(wrong[1], _properties_of_sam(wrong[2]))


def _properties_of_sam(type_name: str) -> list[str]:
    # Why here: the translator takes half a second to import.
    from samtranslator.model import sam_resources

    for found in vars(sam_resources).values():
        if getattr(found, "resource_type", None) == type_name:
            return list(found.property_types)
    return []


def _missing_property(case: Case, found: "re.Match[str]") -> Explained:
    inner = _pointer(found["pointer"])
    return case.at("Properties", *inner), f"Add {'.'.join(map(str, [*inner, found['name']]))}."


def _invalid_value(case: Case, found: "re.Match[str]") -> Explained:
    return case.at("Properties", *_pointer(found["pointer"])), ""


def _missing_parameters(case: Case, found: "re.Match[str]") -> Explained:
    names = [name.strip() for name in found["names"].split(",")]
    options = " ".join(f"--param {name}=…" for name in names)
    return case.origins.positions.find("Parameters", names[0]), f"Give the values: {options}"


def _unresolved(case: Case, found: "re.Match[str]") -> Explained:
    name = found["names"].split(",")[0].strip()
    return case.origins.find_text(name), meant(name, case.origins.names)


def _unknown_type(case: Case, found: "re.Match[str]") -> Explained:
    # Why here: the list of types is read for this cause only.
    from serein.services.cloudformation.type_data import type_names

    name = found["names"].split(",")[0].strip()
    hint = meant(name, type_names()) or "Neither AWS nor Serein has a type of this name."
    return case.origins.find_text(name), hint


def _missing_export(case: Case, found: "re.Match[str]") -> Explained:
    exports = case.exports()
    name = found["name"]
    near = meant(name, exports)
    if near:
        exporter = next((stack for export, stack in exports.items() if f"mean {export}?" in near), "")
        return case.origins.find_text(name), f"{near} The stack {exporter} exports it."
    there = ", ".join(sorted(exports)[:8]) or "none"
    return case.origins.find_text(name), f"Deploy the stack that exports it first. Exports here: {there}."


def _circle(case: Case, found: "re.Match[str]") -> Explained:
    first = found["names"].split(",")[0].strip()
    origin = case.origins.find((first,))
    return (origin.place if origin is not None else None), "Take one of the references out of the circle."


def _place_in_file(case: Case, found: "re.Match[str]") -> Explained:
    return Place(case.origins.positions.path, int(found["line"])), ""


def _in_section(case: Case, found: "re.Match[str]") -> Explained:
    return case.origins.positions.nearest(*found["path"].split("/")), ""


def _custom_resource(case: Case, _found: "re.Match[str]") -> Explained:
    token = case.origins.resource(case.path).get("Properties", {}).get("ServiceToken") if case.path else None
    name = token["Fn::GetAtt"][0] if isinstance(token, dict) and isinstance(token.get("Fn::GetAtt"), list) else ""
    return None, f"See why in the function's log: serein logs {name}".rstrip()


def _missing_parameter_value(case: Case, found: "re.Match[str]") -> Explained:
    name = found["name"]
    hint = f"Make it first: aws ssm put-parameter --name {name} --type String --value …"
    return case.origins.find_text(name), hint


def _missing_file(case: Case, found: "re.Match[str]") -> Explained:
    name = found["path"].rstrip("/").rpartition("/")[2]
    properties = case.origins.resource(case.path).get("Properties") or {} if case.path else {}
    key = next((key for key, value in properties.items() if isinstance(value, str) and name in value), "")
    place = case.at("Properties", key) if key else case.origins.find_text(name)
    return place, _neighbours(case, name) or "Paths are relative to the template."


def _neighbours(case: Case, name: str) -> str:
    folder = case.origins.positions.path.parent
    return meant(name, (path.name for path in folder.iterdir() if not path.name.startswith(".")))


def _unknown_function(case: Case, found: "re.Match[str]") -> Explained:
    place = case.origins.positions.nearest("functions", found["name"], "events")
    return place, ""


def _named_place(case: Case, found: "re.Match[str]") -> Explained:
    return case.origins.positions.nearest(*found["path"].split(".")), ""


def _saying(hint: str) -> Explain:
    return lambda _case, _found: (None, hint)


def _pointer(text: str) -> tuple[str | int, ...]:
    """The parts of a JSON pointer as it stands in messages: `#/Environment/Variables`."""
    parts = [part for part in text.lstrip("#").split("/") if part]
    return tuple(int(part) if part.isdigit() else part for part in parts)


_CAUSES: tuple[tuple["re.Pattern[str]", Explain], ...] = tuple(
    (re.compile(pattern, re.DOTALL), explain)
    for pattern, explain in (
        (r"Encountered unsupported property (?P<name>\w+)", _unknown_property),
        (r"(?P<pointer>#[\w/]*): extraneous key \[(?P<name>\w+)\] is not permitted", _unknown_property),
        (r"(?P<pointer>#[\w/]*): required key \[(?P<name>\w+)\] not found", _missing_property),
        (r"(?P<pointer>#/[\w/]+): ", _invalid_value),
        (r"Resource with id \[(?P<id>\w+)\] is invalid\. (?P<why>.*)", _sam_refusal),
        (r"Parameters: \[(?P<names>[^\]]*)\] must have values", _missing_parameters),
        (r"Unresolved resource dependencies \[(?P<names>[^\]]*)\]", _unresolved),
        (r"references undefined resource (?P<names>\w+)", _unresolved),
        (r"Unrecognized resource types: \[(?P<names>[^\]]*)\]", _unknown_type),
        (r"No export named (?P<name>\S+) found", _missing_export),
        (r"Circular dependency between resources: \[(?P<names>[^\]]*)\]", _circle),
        (r"not well-formed\. \(line (?P<line>\d+)", _place_in_file),
        (r"duplicate key \w+ \(line (?P<line>\d+)", _place_in_file),
        (r"Template format error: \[/(?P<path>[^\]]+)\]", _in_section),
        (r"Unable to fetch parameters \[(?P<name>[^\],]+)", _missing_parameter_value),
        (r"(?P<path>/\S+) does not exist", _missing_file),
        (r"the function (?P<name>[\w-]+) has the event", _unknown_function),
        (r"(?P<path>(?:functions|provider|custom|resources|layers|package)\.[\w.-]+[\w-])", _named_place),
        (r"custom resource|CloudFormation did not receive a response", _custom_resource),
        (
            r"cannot be assumed by Lambda",
            _saying("Its AssumeRolePolicyDocument must allow sts:AssumeRole to lambda.amazonaws.com."),
        ),
        (
            r"HandlerErrorCode: AlreadyExists|already exists",
            _saying("Something of this name is there already: delete it, or leave the name out of the template."),
        ),
        (r"_IN_PROGRESS state and can ?not be updated", _saying("Another operation is under way: wait for its end.")),
        (
            r"No transform named (?P<name>\S+) found",
            _saying("Deploy the stack that has the AWS::CloudFormation::Macro of this name first."),
        ),
        (
            r"bucket you tried to delete is not empty",
            _saying("Empty it first (aws s3 rm s3://BUCKET --recursive), or give it DeletionPolicy: Retain."),
        ),
        (
            r"TerminationProtection is enabled",
            _saying("aws cloudformation update-termination-protection --no-enable-termination-protection lifts it."),
        ),
        (
            r"as it is in use by|is in use by|is still imported by",
            _saying("Delete the stacks that import it first, or update them so that they don't."),
        ),
        (
            r"UPDATE_ROLLBACK_FAILED state",
            _saying("`aws cloudformation continue-update-rollback` brings the stack back to a state to go on from."),
        ),
    )
)
