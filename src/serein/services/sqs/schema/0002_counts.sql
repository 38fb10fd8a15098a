-- How many messages a queue holds, visible or not: the sum of its parts. Why parts: senders on several nodes would
-- otherwise all write one row.
CREATE TABLE sqs_counts (
    queue_id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (queue_id, part)
);
INSERT INTO sqs_counts (queue_id, part, messages) SELECT queue_id, 0, COUNT(*) FROM sqs_messages GROUP BY queue_id;

-- The oldest message of a queue, and those past their retention.
CREATE INDEX sqs_messages_sent ON sqs_messages (queue_id, sent_at);

-- The tenants of fair queues: standard queues whose messages name groups.
CREATE INDEX sqs_messages_tenant ON sqs_messages (queue_id, group_id, visible_at, id)
    WHERE sequence = 0 AND group_id > '';

-- What a receive request attempt was answered with: JSON of [message, receive count] pairs, hidden until `hidden_until`.
CREATE TABLE sqs_attempts (
    queue_id INTEGER NOT NULL,
    attempt_id TEXT NOT NULL,
    receipts TEXT NOT NULL,
    hidden_until REAL NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (queue_id, attempt_id)
);

CREATE TABLE sqs_deleted_queues (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    deleted_at REAL NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- Ids that queues had before they were purged or deleted, for as long as receipt handles of them may come. Their rows
-- are deleted in the background, some at a time.
CREATE TABLE sqs_discarded (
    queue_id INTEGER PRIMARY KEY,
    arn TEXT NOT NULL,
    is_empty INTEGER NOT NULL,
    discarded_at REAL NOT NULL
);
CREATE INDEX sqs_discarded_rest ON sqs_discarded (is_empty, discarded_at);
