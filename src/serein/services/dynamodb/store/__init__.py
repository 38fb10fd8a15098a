"""All of DynamoDB's SQL, by what it is about: tables, items, index entries, streams, chores, transactions."""
