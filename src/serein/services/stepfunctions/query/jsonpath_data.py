"""What the interpreter asks of JSONPath."""

from serein.services.stepfunctions.query.choices import find_choice
from serein.services.stepfunctions.query.fields import read_integer, read_moment, read_text
from serein.services.stepfunctions.query.paths import read_path
from serein.services.stepfunctions.query.results import place_result
from serein.services.stepfunctions.query.templates import fill_template

__all__ = [
    "fill_template",
    "find_choice",
    "place_result",
    "read_integer",
    "read_moment",
    "read_path",
    "read_text",
]
