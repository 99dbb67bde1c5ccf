"""Identity Center and STS: the only room that imports botocore, and only when a call is made."""
