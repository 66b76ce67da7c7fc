"""AWS IAM, simulated: who may assume a role, and what the role then may do."""

__version__ = "0.1.0"
