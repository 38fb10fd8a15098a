-- A token tells its subscription, whatever topic the request names.
CREATE INDEX sns_subscriptions_token ON sns_subscriptions (token);
