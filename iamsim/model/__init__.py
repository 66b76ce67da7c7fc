"""The nouns of IAM, as frozen values that compute nothing but themselves."""
