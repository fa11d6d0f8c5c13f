"""The `ebelge` command: one file per subcommand, each exposing `command`.

Owns words and tables for the terminal. Does not own anything that an API client or a job needs as well. Invariant: a
command is imported only when it is asked for, so one broken command never takes the others with it.
"""
