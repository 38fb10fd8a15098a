"""A state's fields for one input, in its query language."""

from typing import Any

from serein.kernel.ids import new_uuid, random_hex
from serein.kernel.scope import Scope as Place
from serein.services.stepfunctions.failure import QUERY_EVALUATION_ERROR, StateFailed
from serein.services.stepfunctions.interpreter.facts import iso_time
from serein.services.stepfunctions.interpreter.payloads import encode
from serein.services.stepfunctions.language import ABSENT, State, Task
from serein.services.stepfunctions.query.jsonata_data import evaluate
from serein.services.stepfunctions.query.jsonpath_data import fill_template, read_path
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.tasks.resources import parse_resource
from serein.services.stepfunctions.trial.asking import Trial

_MACHINE = "TestState"
_KINDS = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}


class Sight:
    """What the state's expressions see. Everything raises StateFailed with AWS's errors and causes."""

    def __init__(self, trial: Trial, place: Place, now: float) -> None:
        self.state: State = trial.state
        self.input = trial.input
        self.now = now
        self.execution_arn = (
            f"arn:aws:states:{place.region}:{place.account}:express:{_MACHINE}:{new_uuid()}:{new_uuid()}"
        )
        self.scope = Scope(context=self._context(trial, place), variables=trial.variables, now=now)

    @property
    def is_jsonata(self) -> bool:
        return self.state.query_language == "JSONata"

    def effective_input(self) -> Any:
        """The input after InputPath."""
        path = self.state.input_path
        if self.is_jsonata or path == "$":
            return self.input
        return {} if path is None else read_path(path, self.input, self.scope)

    def filled(self, template: Any, document: Any) -> Any:
        """JSONPath: a payload template; what is absent leaves the document as it is."""
        return document if template is ABSENT else fill_template(template, document, self.scope)

    def evaluated(self, value: Any, where: str, **more: Any) -> Any:
        """JSONata: a field; `more` are further members of `$states`."""
        states = {"input": self.input, "context": self.scope.context, **more}
        return evaluate(value, states, self.scope, where)

    def typed(self, value: Any, where: str, wanted: str) -> Any:
        """JSONata: a field whose value must be of a type of JSON: `string`, `number`, `boolean`."""
        found = self.evaluated(value, where) if isinstance(value, str) else value
        kind = "null" if found is None else _KINDS[type(found)]
        if kind != wanted:
            expression = str(value).removeprefix("{%").removesuffix("%}").strip()
            raise StateFailed(
                QUERY_EVALUATION_ERROR,
                f"The JSONata expression '{expression}' specified for the field '{where}' returned an unexpected "
                f"result type. Expected '{wanted}', but was '{kind}' for value: {encode(found)}",
            )
        return found

    def _context(self, trial: Trial, place: Place) -> dict[str, Any]:
        """The context object: what the request says of it over what an execution of the state would have."""
        execution = self.execution_arn
        machine = f"arn:aws:states:{place.region}:{place.account}:stateMachine:{_MACHINE}"
        context: dict[str, Any] = {
            "Execution": {
                "Id": execution,
                "Input": trial.input,
                "Name": execution.split(":")[-2],
                "RoleArn": trial.role_arn,
                "StartTime": iso_time(self.now),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": machine, "Name": _MACHINE},
            "State": {
                "Name": trial.state.name,
                "EnteredTime": iso_time(self.now),
                "RetryCount": trial.retry_count,
            },
        }
        if isinstance(trial.state, Task) and _waits_for_token(trial.state):
            context["Task"] = {"Token": random_hex(64)}
        if trial.is_in_map:
            # AWS: a state of a Map state's processor is tested as that of the first item, which is the state's input.
            context["Map"] = {"Item": {"Index": 0, "Value": trial.input}}
        for name, given in trial.context.items():
            base = context.get(name)
            context[name] = {**base, **given} if isinstance(base, dict) and isinstance(given, dict) else given
        return context


def _waits_for_token(state: Task) -> bool:
    resource = parse_resource(state.resource)
    return resource.kind == "activity" or resource.waits_for_token
