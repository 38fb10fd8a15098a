"""The transforms that AWS hosts: AWS::Include, AWS::LanguageExtensions and SAM."""
