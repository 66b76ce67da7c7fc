"""MCP tools; manifests/ holds one TOML file per server and version."""
