-- How far a mapping has read each shard of its stream: the sequence number of the last record that is done with.
CREATE TABLE lambda_shard_cursors (
    mapping_id TEXT NOT NULL,
    shard TEXT NOT NULL,
    position TEXT NOT NULL,
    PRIMARY KEY (mapping_id, shard)
);

-- Positions from before streams had several shards are in their first, which has no name here.
INSERT INTO lambda_shard_cursors (mapping_id, shard, position)
SELECT mapping_id, '', position FROM lambda_cursors WHERE position <> '';
DROP TABLE lambda_cursors;
