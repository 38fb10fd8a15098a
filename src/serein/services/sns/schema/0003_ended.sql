-- Subscriptions that their endpoints ended by a link, for as long as the token holds that restores them.
CREATE TABLE sns_ended_subscriptions (
    token TEXT PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    arn TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    principal TEXT NOT NULL,
    attributes TEXT NOT NULL,
    expires_at REAL NOT NULL
);
CREATE INDEX sns_ended_subscriptions_expiry ON sns_ended_subscriptions (expires_at);
