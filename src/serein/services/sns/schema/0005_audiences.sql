-- Queues that get everything that a topic publishes, in the same form: what a topic owes them names them by their
-- digest. `members` is JSON, a list of addresses. One that isn't a topic's any more was superseded then, and is kept for
-- what is still owed to it.
CREATE TABLE sns_audiences (
    digest TEXT PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    members TEXT NOT NULL,
    superseded_at REAL NOT NULL
);
CREATE INDEX sns_audiences_topic ON sns_audiences (topic_arn, superseded_at);
CREATE INDEX sns_audiences_superseded ON sns_audiences (superseded_at);
