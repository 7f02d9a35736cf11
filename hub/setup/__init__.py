"""What admins decide: connections, flows, mappings, users. Each use-case checks, writes and leaves an audit row."""
