"""The practice Identity Center: portal, sign-in service and STS on one loopback port, and a household to use it from.

It speaks AWS's protocols exactly, so that real SDKs and the real AWS CLI take it for AWS. Nothing in it is real.
"""
