"""The semantics of IAM: deciding requests and explaining the decision."""
