"""What targets are called with."""

import re

from serein.kernel.arn import find_arn
from serein.kernel.targets import execution_name, find_call

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"
EVENT = "6f87d04b-9f74-4f04-a780-7acf4b0a9b38"


def test_state_machines_are_started_with_the_text_as_their_input() -> None:
    for text in (MACHINE, f"{MACHINE}:7", f"{MACHINE}:PROD"):
        arn = find_arn(text)
        assert arn is not None
        made = find_call("http://127.0.0.1", arn, "{}", {"name": "n"})
        request = {"stateMachineArn": text, "input": "{}", "name": "n"}
        assert made == ("stepfunctions", "StartExecution", request)


def test_the_name_of_an_execution_is_of_its_event_and_occasion() -> None:
    name = execution_name(EVENT, "rule", "target", "event")
    assert re.fullmatch(rf"{EVENT}_[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", name)
    assert len(name) <= 80
    assert name == execution_name(EVENT, "rule", "target", "event")
    others = {execution_name(EVENT, "rule", "target2", "event"), execution_name(EVENT, "rulet", "arget", "event")}
    assert name not in others and len(others) == 2
