"""The demo's API keys of both plans, and how each of them uses the models."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class Use:
    """A way to use models.

    `models` have weights. `output` is the length of answers relative to the trace. `streamed`,
    `tools`, `cached` and `searching` are shares of requests.
    """

    models: tuple[tuple[str, int], ...]
    output: float
    streamed: float
    tools: float
    cached: float
    searching: float = 0.0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key: its id as in records, name, plan, and share of the traffic."""

    id: str
    name: str
    plan: Literal["payg", "subscription"]
    use: str
    weight: int


USES = {
    "code": Use(
        (
            ("anthropic/claude-sonnet-4.5", 30),
            ("anthropic/claude-haiku-4.5", 14),
            ("x-ai/grok-code-fast-1", 14),
            ("qwen/qwen3-coder-plus", 12),
            ("openai/gpt-5", 10),
            ("z-ai/glm-4.6", 8),
            ("anthropic/claude-opus-4.1", 5),
        ),
        *(1.0, 0.97, 0.25, 0.6),
    ),
    "agent": Use(
        (
            ("anthropic/claude-sonnet-4.5", 24),
            ("anthropic/claude-sonnet-4", 12),
            ("openai/gpt-5", 14),
            ("openai/o4-mini", 8),
            ("moonshotai/kimi-k2-0905", 10),
            ("google/gemini-2.5-pro", 10),
            ("x-ai/grok-4", 6),
            ("anthropic/claude-opus-4.1", 3),
        ),
        *(4.0, 0.9, 0.6, 0.75, 0.12),
    ),
    "chat": Use(
        (
            ("openai/gpt-5-mini", 18),
            ("openai/gpt-4.1", 14),
            ("google/gemini-2.5-flash", 16),
            ("deepseek/deepseek-chat-v3.1", 14),
            ("deepseek/deepseek-r1-0528", 6),
            ("qwen/qwen3-max", 8),
            ("google/gemini-2.5-flash-image", 4),
            ("google/gemini-2.5-pro", 6),
        ),
        *(10.0, 0.95, 0.05, 0.35, 0.1),
    ),
    "batch": Use(
        (
            ("openai/gpt-5-nano", 16),
            ("openai/gpt-4o-mini", 18),
            ("google/gemini-2.5-flash-lite", 20),
            ("google/gemini-2.5-flash", 10),
            ("deepseek/deepseek-chat-v3.1", 8),
            ("anthropic/claude-haiku-4.5", 6),
        ),
        *(3.0, 0.1, 0.02, 0.15),
    ),
}

API_KEYS = (
    ApiKey("2534AKd0Qn0114642701", "demo-ide-backend", "payg", "code", 30),
    ApiKey("2534AKd0Qn0214642715", "demo-ide-frontend", "payg", "code", 24),
    ApiKey("2534AKd0Qn0314642722", "demo-ide-mobile", "payg", "code", 12),
    ApiKey("2534AKd0Qn0414642738", "demo-ide-data", "payg", "code", 9),
    ApiKey("2534AKd0Qn0514642744", "demo-ide-platform", "payg", "code", 7),
    ApiKey("2535AKd0Rp0114650103", "demo-agent-review", "payg", "agent", 16),
    ApiKey("2535AKd0Rp0214650119", "demo-agent-migrations", "payg", "agent", 9),
    ApiKey("2535AKd0Rp0314650126", "demo-agent-research", "payg", "agent", 7),
    ApiKey("2535AKd0Rp0414650131", "demo-agent-oncall", "payg", "agent", 4),
    ApiKey("2536AKd0St0114661208", "demo-chat-website", "payg", "chat", 18),
    ApiKey("2536AKd0St0214661214", "demo-chat-support", "payg", "chat", 14),
    ApiKey("2536AKd0St0314661229", "demo-chat-intranet", "payg", "chat", 6),
    ApiKey("2537AKd0Tv0114672305", "demo-batch-tagging", "payg", "batch", 13),
    ApiKey("2537AKd0Tv0214672311", "demo-batch-translation", "payg", "batch", 8),
    ApiKey("2537AKd0Tv0314672327", "demo-batch-embeddings-qa", "payg", "batch", 5),
    ApiKey("2537AKd0Tv0414672333", "demo-batch-nightly", "payg", "batch", 3),
    ApiKey("2538AKd0Wx0114683402", "demo-sub-alice", "subscription", "code", 8),
    ApiKey("2538AKd0Wx0214683418", "demo-sub-bruno", "subscription", "code", 6),
    ApiKey("2538AKd0Wx0314683424", "demo-sub-chen", "subscription", "code", 6),
    ApiKey("2538AKd0Wx0414683430", "demo-sub-dalia", "subscription", "code", 4),
    ApiKey("2538AKd0Wx0514683446", "demo-sub-emeka", "subscription", "agent", 5),
    ApiKey("2538AKd0Wx0614683452", "demo-sub-freja", "subscription", "agent", 3),
    ApiKey("2538AKd0Wx0714683461", "demo-sub-goran", "subscription", "chat", 4),
    ApiKey("2538AKd0Wx0814683477", "demo-sub-hana", "subscription", "chat", 2),
    ApiKey("2538AKd0Wx0914683485", "demo-sub-ines", "subscription", "chat", 1),
)

KEYS = MappingProxyType({key.id: (key.name, key.plan) for key in API_KEYS})
"""Name and plan of every API key by its id, as in a configuration."""
