"""The two shapes of a line as they stand in the log: JSON fields with their JSON types and limits.

Field names are the log's own. Numbers out of their range, and counts in other spellings than plain
integers, fail the decoding: `exactly` then reads the line again. Fields that no rule reads are left
out. Exact decimals take the place of numbers when a line was read by `exactly`.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import msgspec

from ..exact import MAX_COUNT, MAX_MILLISECONDS, MAX_RATE, MAX_USD

if TYPE_CHECKING:
    Number = int | float | str | Decimal
    Amount = int | float | str | Decimal
    Milliseconds = int | float | str | Decimal
    Rate = int | float | str | Decimal
    Count = int
else:

    def _number(limit: int) -> object:
        bounds = msgspec.Meta(ge=0, le=limit)
        return Annotated[int, bounds] | Annotated[float, bounds] | str

    Number = int | float | str
    Amount, Milliseconds, Rate = map(_number, (MAX_USD, MAX_MILLISECONDS, MAX_RATE))
    Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class ZenmuxDetail(msgspec.Struct, gc=False):
    """One fee item of a bill."""

    feeItemCode: str | None = None
    billAmount: Amount | None = None


class ZenmuxRating(msgspec.Struct, gc=False):
    """`ratingResponses`: the bill and its items."""

    billAmount: Amount | None = None
    discountAmount: Amount | None = None
    ratingDetails: list[ZenmuxDetail | None] | None = None


class PromptDetails(msgspec.Struct, gc=False):
    """Subsets of `prompt_tokens`."""

    cached_tokens: Count | None = None
    ephemeral_5m_input_tokens: Count | None = None
    ephemeral_1h_input_tokens: Count | None = None


class CompletionDetails(msgspec.Struct, gc=False):
    """Subsets of `completion_tokens`."""

    reasoning_tokens: Count | None = None


class NativeTokens(msgspec.Struct, gc=False):
    """`nativeTokens`: usage in the protocol's own terms."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None


class Ext(msgspec.Struct, gc=False):
    """`ext`: the only success flag of raw meta."""

    requestSuccess: bool | None = None


class ZenmuxCompensation(msgspec.Struct, gc=False):
    """A payout in a ZenMux-shaped record."""

    type: str | None = None
    payout: Amount | None = None
    paidAt: Number | None = None


class NativeCompensation(msgspec.Struct, gc=False):
    """A payout in a native record."""

    type: str | None = None
    payout_usd: Amount | None = None
    paid_at: Number | None = None


class ZenmuxLine(msgspec.Struct, gc=False):
    """The console's raw meta and the get-generation response."""

    generationId: str | None = None
    createdAt: Number | None = None
    createAt: Number | None = None
    event: str | None = None
    apiKeyId: str | None = None
    modelSlug: str | None = None
    model: str | None = None
    providerSlug: str | None = None
    plan: str | None = None
    generationTime: Milliseconds | None = None
    latency: Milliseconds | None = None
    streamed: bool | None = None
    cancelled: bool | None = None
    throughput: Rate | None = None
    nativeFeeTokens: dict[str, Count | None] | None = None
    nativeTokens: NativeTokens | None = None
    finishReason: str | None = None
    nativeFinishReason: str | None = None
    billAmount: Amount | None = None
    discountAmount: Amount | None = None
    usage: Amount | None = None
    ratingResponses: ZenmuxRating | None = None
    ext: Ext | None = None
    status: Number | None = None
    errorType: str | None = None
    compensation: ZenmuxCompensation | None = None


class NativeLine(msgspec.Struct, gc=False):
    """The exporter's own record; `generationId` and the like only tell that it is not one."""

    id: str | None = None
    timestamp: Number | None = None
    event: str | None = None
    model: str | None = None
    provider: str | None = None
    api_key: str | None = None
    plan: str | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    tokens: dict[str, Count | None] | None = None
    cost_usd: Amount | None = None
    costs_usd: dict[str, Amount | None] | None = None
    discount_usd: Amount | None = None
    latency_ms: Milliseconds | None = None
    generation_ms: Milliseconds | None = None
    throughput_tps: Rate | None = None
    streamed: bool | None = None
    cancelled: bool | None = None
    finish_reason: str | None = None
    status: Number | None = None
    error_type: str | None = None
    web_search_calls: Count | None = None
    compensation: NativeCompensation | None = None
    generationId: msgspec.Raw = msgspec.Raw()
    createdAt: msgspec.Raw = msgspec.Raw()
    createAt: msgspec.Raw = msgspec.Raw()
