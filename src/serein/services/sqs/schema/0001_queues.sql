-- `attributes` and `tags` are JSON texts; a queue's own sequence numbers the messages of FIFO queues.
CREATE TABLE sqs_queues (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at REAL NOT NULL,
    modified_at REAL NOT NULL,
    purged_at REAL NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX sqs_queues_name ON sqs_queues (account, region, name);

-- One row a message, whatever its state: it is visible when `visible_at` has come, delayed before its first receipt,
-- in flight after one. `id` grows with arrival. `counted_from` is the receive count it came to this queue with: a
-- redrive policy counts from there. The first index finds what is visible and counts what isn't without reading rows,
-- however many are in flight.
CREATE TABLE sqs_messages (
    id INTEGER PRIMARY KEY,
    queue_id INTEGER NOT NULL,
    visible_at REAL NOT NULL,
    sent_at REAL NOT NULL,
    received_at REAL NOT NULL,
    first_received_at REAL NOT NULL,
    receive_count INTEGER NOT NULL,
    counted_from INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    trace_header TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    attributes TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX sqs_messages_visible ON sqs_messages (queue_id, visible_at, id, receive_count, sent_at);
CREATE INDEX sqs_messages_group ON sqs_messages (queue_id, group_id, sequence) WHERE sequence > 0;

-- The message groups of FIFO queues that hold messages, and when the first of each can be received: a group is locked
-- while one of its messages is in flight.
CREATE TABLE sqs_groups (
    queue_id INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    available_at REAL NOT NULL,
    head INTEGER NOT NULL,
    PRIMARY KEY (queue_id, group_id)
);
CREATE INDEX sqs_groups_available ON sqs_groups (queue_id, available_at, head);

CREATE TABLE sqs_deduplications (
    queue_id INTEGER NOT NULL,
    deduplication_key TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (queue_id, deduplication_key)
);
CREATE INDEX sqs_deduplications_expiry ON sqs_deduplications (queue_id, expires_at);

CREATE TABLE sqs_move_tasks (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    destination_arn TEXT NOT NULL,
    rate INTEGER NOT NULL,
    status TEXT NOT NULL,
    moved INTEGER NOT NULL,
    to_move INTEGER NOT NULL,
    failure TEXT NOT NULL,
    started_at REAL NOT NULL,
    due_at REAL NOT NULL
);
CREATE INDEX sqs_move_tasks_source ON sqs_move_tasks (account, region, source_arn, started_at);
CREATE INDEX sqs_move_tasks_due ON sqs_move_tasks (status, due_at);
