-- `definition` and `tags` are JSON texts.
CREATE TABLE schemas_registries (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE schemas_schemas (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    registry TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    tags TEXT NOT NULL,
    last_version INTEGER NOT NULL,
    modified_at REAL NOT NULL,
    PRIMARY KEY (account, region, registry, name)
);

CREATE TABLE schemas_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    registry TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (account, region, registry, name, version)
);
CREATE INDEX schemas_versions_digest ON schemas_versions (account, region, registry, name, digest);

CREATE TABLE schemas_discoverers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    definition TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, id)
);
