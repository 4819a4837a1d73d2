"""Classes of the decoder and the ledger as the compiled parts see them; see `layout.h`."""

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

    const char *const NativeLineNames[]
    ctypedef class exporter.decode.wire.NativeLine [object NativeLineObject, check_size ignore]:
        cdef object api_key, cancelled, compensation, cost_usd, costs_usd, createAt, createdAt
        cdef object discount_usd, error_type, event, finish_reason, generationId, generation_ms
        cdef object id, input_tokens, latency_ms, model, output_tokens, plan, provider, status
        cdef object streamed, throughput_tps, timestamp, tokens, web_search_calls

    const char *const RecordNames[]
    ctypedef class exporter.records.Record [object RecordObject, check_size ignore]:
        cdef object bill, compensation, error_type, event, finish, generation, id, latency
        cdef object outcome, output_tokens, searches, streamed, throughput, time_ms, tokens
        cdef object unknown, who

    const char *const BillNames[]
    ctypedef class exporter.records.Bill [object BillObject, check_size ignore]:
        cdef object discount, items, mismatch, total

    const char *const KeyTallyNames[]
    ctypedef class exporter.tally.KeyTally [object KeyTallyObject, check_size ignore]:
        cdef object cancelled, compensations, discount, error, holder, items, labels, model
        cdef object payouts, search_calls, search_requests, search_tokens, success, tokens, units

    const char *const ModelTallyNames[]
    ctypedef class exporter.tally.ModelTally [object ModelTallyObject, check_size ignore]:
        cdef object duration, errors, finish, first_token, generation, labels, throughput

    const char *const ObservationsNames[]
    ctypedef class exporter.tally.Observations [object ObservationsObject, check_size ignore]:
        cdef object bounds, counts, exemplars, total

    const char *const BatchNames[]
    ctypedef class exporter.ledger.batch.Batch [object BatchObject, check_size ignore]:
        cdef object bounds, by_who, changed_ids, delays, details, exporter, keys, models
        cdef object new_ids, newest_ms, payouts, positions, revised, sources

    const char *const IdWindowNames[]
    ctypedef class exporter.ledger.ids.IdWindow [object IdWindowObject, check_size ignore]:
        cdef object arrivals, buckets, count, limit, oldest
