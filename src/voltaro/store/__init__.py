"""PostgreSQL: schema, facts for rules, the group-commit writer, reads for the API."""
