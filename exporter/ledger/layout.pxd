"""The ledger's classes as its compiled part sees them; see `layout.h`."""

cdef extern from "layout.h":
    int is_laid_out(object kind, const char *const *names) except -1

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
        cdef object new_ids, newest_ms, payouts, positions, revised, sources, sums

    const char *const IdWindowNames[]
    ctypedef class exporter.ledger.ids.IdWindow [object IdWindowObject, check_size ignore]:
        cdef object arrivals, buckets, count, limit, oldest
