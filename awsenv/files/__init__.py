"""The shared files of AWS and awsenv's own: read tolerantly, written whole and private."""
