"""Who can become whom: role assumption as a directed graph."""
