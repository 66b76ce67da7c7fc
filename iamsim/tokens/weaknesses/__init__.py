"""What makes a token weak although a server may take it, as the RFCs see it."""
