"""The door: click, stdout and exit codes; one short file per command."""
