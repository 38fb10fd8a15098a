"""What events follow one another, as AWS's recorded executions have it."""

from tests.unit.stepfunctions.executions import machine, run


def test_an_expression_that_fails_on_entry_follows_what_came_before_its_state() -> None:
    failing = {"Type": "Pass", "Output": "{% $states.input.no %}", "End": True}
    found = run(machine(language="JSONata", A={"Type": "Pass", "Next": "B"}, B=failing))
    told = [(event["type"], event["id"], event["previousEventId"]) for event in found.events]
    assert told[2:] == [
        ("PassStateExited", 3, 2),
        ("PassStateEntered", 4, 3),
        ("EvaluationFailed", 5, 3),
        ("ExecutionFailed", 6, 5),
    ]
