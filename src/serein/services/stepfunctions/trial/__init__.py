"""TestState: one state on trial, without an execution, for real or with a mock in place of what it performs.

`asking` reads the request, `mocking` checks a mock against what it stands for, `running` has the state do its work and
`performing` what it performs; `reporting` keeps what is shown on the way and says how it ended.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""
