-- A machine that is deleted waits for these, however many others have ended.
CREATE INDEX stepfunctions_executions_running ON stepfunctions_executions (machine_arn) WHERE status = 'RUNNING';
