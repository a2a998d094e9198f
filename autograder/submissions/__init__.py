"""Uploads read as data: nothing in here runs any of it."""
