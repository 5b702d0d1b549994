"""The only place where objects are built from settings: a module for each group of objects that commands need together.

A command imports just what it builds: one that only looks into the ledger would wait as long again for the web's and
the provider's libraries.
"""
