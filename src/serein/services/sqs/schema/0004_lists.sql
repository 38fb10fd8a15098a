-- Lists of standard queues that get the same messages: a topic's subscribers. A message is one row for all of them, and
-- gets rows of its own queue by queue, when a receiver comes to it. `digest` finds a list by its members; it is empty
-- once one of them has changed, and the list gets nothing more then.
CREATE TABLE sqs_lists (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    digest TEXT NOT NULL,
    least_bytes INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL
);
CREATE INDEX sqs_lists_digest ON sqs_lists (digest);

-- `place` numbers a list's queues. `fill` is what this queue's copies have between head and tail. Those after `read_sequence` have no rows yet.
CREATE TABLE sqs_list_members (
    queue_id INTEGER NOT NULL,
    list_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    fill TEXT NOT NULL,
    read_sequence INTEGER NOT NULL,
    PRIMARY KEY (queue_id, list_id)
);
CREATE INDEX sqs_list_members_read ON sqs_list_members (list_id, read_sequence);

CREATE TABLE sqs_shared (
    id INTEGER PRIMARY KEY,
    list_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    sent_at REAL NOT NULL,
    sender_id TEXT NOT NULL,
    trace_header TEXT NOT NULL,
    attributes TEXT NOT NULL,
    head TEXT NOT NULL,
    tail TEXT NOT NULL
);
CREATE UNIQUE INDEX sqs_shared_sequence ON sqs_shared (list_id, sequence);
CREATE INDEX sqs_shared_sent ON sqs_shared (list_id, sent_at);
