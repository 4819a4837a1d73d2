"""Client for ZenMux's own API, with the same rules for every endpoint.

Nothing is imported here: the configuration needs the API's address only, and importing aiohttp's
client takes as long as everything else that a command imports.
"""
