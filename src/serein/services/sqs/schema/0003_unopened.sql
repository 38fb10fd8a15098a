-- Batches of messages that nobody has received from yet, each in one row: `contents` is JSON, a list of
-- [message id, body, attributes, trace header]. Their messages are visible since they were sent, are counted in
-- sqs_counts, and get rows of their own when a receiver comes to them.
CREATE TABLE sqs_unopened (
    id INTEGER PRIMARY KEY,
    queue_id INTEGER NOT NULL,
    sent_at REAL NOT NULL,
    messages INTEGER NOT NULL,
    sender_id TEXT NOT NULL,
    contents TEXT NOT NULL
);
CREATE INDEX sqs_unopened_queue ON sqs_unopened (queue_id, sent_at, id, messages);
