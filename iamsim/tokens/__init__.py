"""Bearer tokens an MCP server receives."""
