"""Hostile input: damaged and malicious photos and archives, names and inboxes; nothing of it gets in or gets out."""
