-- `attributes` and `tags` are JSON texts; `sequence` numbers the messages of FIFO topics.
CREATE TABLE sns_topics (
    arn TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    deleted_subscriptions INTEGER NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE INDEX sns_topics_scope ON sns_topics (account, region, arn);

CREATE TABLE sns_subscriptions (
    arn TEXT PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    principal TEXT NOT NULL,
    attributes TEXT NOT NULL,
    token TEXT NOT NULL,
    is_pending INTEGER NOT NULL
);
CREATE UNIQUE INDEX sns_subscriptions_endpoint ON sns_subscriptions (topic_arn, protocol, endpoint);
CREATE INDEX sns_subscriptions_scope ON sns_subscriptions (account, region, arn);

CREATE TABLE sns_deduplications (
    topic_arn TEXT NOT NULL,
    deduplication_key TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (topic_arn, deduplication_key)
);
CREATE INDEX sns_deduplications_expiry ON sns_deduplications (topic_arn, expires_at);

-- What FIFO topics owe their subscribers. Deliveries of one subscription and group (`lane`) go out one by one, in order.
CREATE TABLE sns_ordered_deliveries (
    lane TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    delivery TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at REAL NOT NULL,
    PRIMARY KEY (lane, sequence)
);
CREATE INDEX sns_ordered_deliveries_due ON sns_ordered_deliveries (due_at, lane, sequence);
