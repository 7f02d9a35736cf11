"""Tables, sessions, queries, encryption, migrations: the only place that speaks SQL or commits."""
