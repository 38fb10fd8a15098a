"""Event patterns: the language of EventBridge rules, event source mappings and pipes, and the values of SNS's filters.

`language` reads a pattern, `automaton` finds the patterns that an event matches; `leaves` are tests of single values.
AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from serein.kernel.patterns.automaton import Automaton, compile_object, compile_pattern
from serein.kernel.patterns.language import Alternative, InvalidPattern, number_key, parse_pattern
from serein.kernel.patterns.leaves import Test, test_of

__all__ = [
    "Alternative",
    "Automaton",
    "InvalidPattern",
    "Test",
    "compile_object",
    "compile_pattern",
    "number_key",
    "parse_pattern",
    "test_of",
]
