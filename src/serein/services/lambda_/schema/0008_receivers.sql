-- Who takes the batches of a mapping: a function when empty, or else the operation `service.Operation`. Such a mapping
-- belongs to another service, which `function_arn` names the resource of; users don't see it.
ALTER TABLE lambda_mappings ADD COLUMN receiver TEXT NOT NULL DEFAULT '';
