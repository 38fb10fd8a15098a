CREATE TABLE lambda_packages (
    sha256 TEXT NOT NULL PRIMARY KEY,
    blob TEXT NOT NULL,
    size_bytes INTEGER NOT NULL
);
CREATE TABLE lambda_functions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    configuration TEXT NOT NULL,
    code_sha256 TEXT NOT NULL,
    next_version INTEGER NOT NULL,
    reserved_concurrency INTEGER NOT NULL,
    recursive_loop TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);
CREATE INDEX lambda_functions_by_code ON lambda_functions (code_sha256);
CREATE TABLE lambda_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    configuration TEXT NOT NULL,
    code_sha256 TEXT NOT NULL,
    PRIMARY KEY (account, region, name, version)
);
CREATE INDEX lambda_versions_by_code ON lambda_versions (code_sha256);
CREATE TABLE lambda_aliases (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    alias TEXT NOT NULL,
    version TEXT NOT NULL,
    description TEXT NOT NULL,
    weights TEXT NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (account, region, name, alias)
);
CREATE TABLE lambda_policies (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    resource TEXT NOT NULL,
    policy TEXT NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (account, region, resource)
);
CREATE TABLE lambda_event_configs (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    config TEXT NOT NULL,
    modified_at REAL NOT NULL,
    PRIMARY KEY (account, region, name, qualifier)
);
CREATE TABLE lambda_urls (
    url_id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    config TEXT NOT NULL,
    created_at REAL NOT NULL,
    modified_at REAL NOT NULL,
    UNIQUE (account, region, name, qualifier)
);
CREATE TABLE lambda_layers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    next_version INTEGER NOT NULL,
    PRIMARY KEY (account, region, name)
);
CREATE TABLE lambda_layer_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    description TEXT NOT NULL,
    licence TEXT NOT NULL,
    runtimes TEXT NOT NULL,
    architectures TEXT NOT NULL,
    code_sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (account, region, name, version)
);
CREATE INDEX lambda_layer_versions_by_code ON lambda_layer_versions (code_sha256);
CREATE TABLE lambda_mappings (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    function_arn TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    modified_at REAL NOT NULL,
    UNIQUE (account, region, function_arn, source_arn)
);
CREATE INDEX lambda_mappings_by_scope ON lambda_mappings (account, region, id);
CREATE TABLE lambda_cursors (
    mapping_id TEXT NOT NULL PRIMARY KEY,
    position TEXT NOT NULL,
    state TEXT NOT NULL
);
