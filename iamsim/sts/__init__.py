"""The calls that turn one principal into another, and the sessions they give."""
