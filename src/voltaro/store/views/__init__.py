"""Reads for people: lists, pages and single things, with explicit columns."""
