"""awsenv: each terminal in one AWS account, visibly so."""

__version__ = "0.1.0"
