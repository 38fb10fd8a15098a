"""Wrapper scripts: programs of the function's that start its runtime (`AWS_LAMBDA_EXEC_WRAPPER`).

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
"""

from pathlib import Path

from serein.kernel.runner import FunctionSpec

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"


def find_wrapper(spec: FunctionSpec) -> str:
    """The host's path of the function's wrapper script; empty when it has none.

    One that isn't there is given as the function names it: starting it fails, and says so in the log.
    """
    named = next((value for name, value in spec.environment if name == VARIABLE), "")
    for seen, folders in (("/opt/", tuple(reversed(spec.layers))), ("/var/task/", (spec.code,))):
        if named.startswith(seen):
            found = next((path for folder in folders if (path := Path(folder, named[len(seen) :])).is_file()), None)
            return named if found is None else str(found)
    return named
