-- What changes of a mapping while it runs: the transition that it is in, what its latest batch came to, and which
-- server reads for it, where several share the database.
CREATE TABLE lambda_mapping_states (
    mapping_id TEXT NOT NULL PRIMARY KEY,
    transition TEXT NOT NULL,
    transition_until REAL NOT NULL,
    last_result TEXT NOT NULL,
    owner TEXT NOT NULL,
    owned_until REAL NOT NULL
);
INSERT INTO lambda_mapping_states (mapping_id, transition, transition_until, last_result, owner, owned_until)
SELECT id, '', 0, 'No records processed', '', 0 FROM lambda_mappings;

-- What a restart must know of the records that a mapping has in hand: failed attempts, and the states of windows.
CREATE TABLE lambda_shard_progress (
    mapping_id TEXT NOT NULL,
    shard TEXT NOT NULL,
    progress TEXT NOT NULL,
    PRIMARY KEY (mapping_id, shard)
);
