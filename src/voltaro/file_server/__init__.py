"""Serves files to stations and takes theirs: the shelf, its upkeep, and FTP where it is wanted."""
