"""The decoder's classes as its compiled part sees them; see `layout.h`."""

cdef extern from "layout.h":
    int is_laid_out(object kind, const char *const *names) except -1

    const char *const ZenmuxLineNames[]
    ctypedef class exporter.decode.wire.ZenmuxLine [object ZenmuxLineObject, check_size ignore]:
        cdef object apiKeyId, billAmount, cancelled, compensation, createAt, createdAt
        cdef object discountAmount, errorType, event, ext, finishReason, generationId
        cdef object generationTime, latency, model, modelSlug, nativeFeeTokens
        cdef object nativeFinishReason, nativeTokens, plan, providerSlug, ratingResponses
        cdef object status, streamed, throughput, usage

    const char *const ZenmuxRatingNames[]
    ctypedef class exporter.decode.wire.ZenmuxRating [object ZenmuxRatingObject, check_size ignore]:
        cdef object billAmount, discountAmount, ratingDetails

    const char *const ZenmuxDetailNames[]
    ctypedef class exporter.decode.wire.ZenmuxDetail [object ZenmuxDetailObject, check_size ignore]:
        cdef object billAmount, feeItemCode

    const char *const ExtNames[]
    ctypedef class exporter.decode.wire.Ext [object ExtObject, check_size ignore]:
        cdef object requestSuccess

    const char *const PromptDetailsNames[]
    ctypedef class exporter.decode.wire.PromptDetails [object PromptDetailsObject, check_size ignore]:
        cdef object cached_tokens, ephemeral_1h_input_tokens, ephemeral_5m_input_tokens

    const char *const CompletionDetailsNames[]
    ctypedef class exporter.decode.wire.CompletionDetails [object CompletionDetailsObject, check_size ignore]:
        cdef object reasoning_tokens

    const char *const NativeTokensNames[]
    ctypedef class exporter.decode.wire.NativeTokens [object NativeTokensObject, check_size ignore]:
        cdef object completion_tokens, completion_tokens_details, prompt_tokens
        cdef object prompt_tokens_details

    const char *const NativeLineNames[]
    ctypedef class exporter.decode.wire.NativeLine [object NativeLineObject, check_size ignore]:
        cdef object api_key, cancelled, compensation, cost_usd, costs_usd, createAt, createdAt
        cdef object discount_usd, error_type, event, finish_reason, generationId, generation_ms
        cdef object id, input_tokens, latency_ms, model, output_tokens, plan, provider, status
        cdef object streamed, throughput_tps, timestamp, tokens, web_search_calls
