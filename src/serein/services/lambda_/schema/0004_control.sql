-- How large packages are unpacked; 0 for those from before this was kept.
ALTER TABLE lambda_packages ADD COLUMN unzipped_bytes INTEGER NOT NULL DEFAULT 0;

-- Settings of functions and versions that have operations of their own: kind is 'signing' (the ARN of a code signing
-- configuration), 'runtime' (how the runtime is updated) or 'scaling'; the qualifier is empty for the function itself.
CREATE TABLE lambda_version_settings (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, region, name, qualifier, kind)
);
CREATE INDEX lambda_version_settings_by_value ON lambda_version_settings (account, region, kind, value);
CREATE TABLE lambda_signing_configs (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    config TEXT NOT NULL,
    tags TEXT NOT NULL
);
CREATE INDEX lambda_signing_configs_by_scope ON lambda_signing_configs (account, region, arn);
CREATE TABLE lambda_capacity_providers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    config TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);
