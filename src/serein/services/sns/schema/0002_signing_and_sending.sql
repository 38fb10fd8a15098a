-- What messages are signed with: a key and its certificate, as PEM.
CREATE TABLE sns_signing_keys (
    id TEXT PRIMARY KEY,
    private_key TEXT NOT NULL,
    certificate TEXT NOT NULL
);

-- What leaves for people and phones (e-mail, SMS, push): shown, and read by tests.
CREATE TABLE sns_sent_messages (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    content TEXT NOT NULL,
    sent_at REAL NOT NULL,
    PRIMARY KEY (account, region, number)
);

CREATE TABLE sns_platform_applications (
    arn TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    attributes TEXT NOT NULL
);
CREATE INDEX sns_platform_applications_scope ON sns_platform_applications (account, region, arn);

CREATE TABLE sns_platform_endpoints (
    arn TEXT PRIMARY KEY,
    application_arn TEXT NOT NULL,
    token TEXT NOT NULL,
    attributes TEXT NOT NULL
);
CREATE UNIQUE INDEX sns_platform_endpoints_token ON sns_platform_endpoints (application_arn, token);

-- `status` is of the SMS sandbox (Pending, Verified, or empty: not in it), `code` what verifies the number there.
CREATE TABLE sns_phone_numbers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    is_opted_out INTEGER NOT NULL,
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (account, region, phone_number)
);

CREATE TABLE sns_sms_attributes (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (account, region)
);

-- Messages of FIFO topics that keep them; `message` is JSON text.
CREATE TABLE sns_archived_messages (
    topic_arn TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    published_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (topic_arn, sequence)
);

-- Replays that are under way: what comes after `position` up to `until` is still owed to the subscription.
CREATE TABLE sns_replays (
    subscription_arn TEXT PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    position INTEGER NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL
);
CREATE INDEX sns_archived_messages_expiry ON sns_archived_messages (topic_arn, expires_at);
