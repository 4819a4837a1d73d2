"""Ask ZenMux's own API: one client, with one discipline for every endpoint.

Nothing is imported here: the configuration needs the API's address only, and aiohttp's client takes
as long to import as all else that a command needs.
"""
