CREATE TABLE cloudformation_aliases (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  alias TEXT NOT NULL,
  stack_id TEXT NOT NULL,
  PRIMARY KEY (account, region, alias)
);
CREATE UNIQUE INDEX cloudformation_aliases_by_stack ON cloudformation_aliases (stack_id);
