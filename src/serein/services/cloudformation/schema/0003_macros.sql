CREATE TABLE cloudformation_macros (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  function TEXT NOT NULL,
  PRIMARY KEY (account, region, name)
);
