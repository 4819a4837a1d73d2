/* Where the slots of Python's classes stand: read straight, they cost a twentieth of `getattr`.
 *
 * A list a class, in the order in which CPython lays slots out. `is_laid_out` compares it with the
 * class itself at import; where they differ the compiled part is left alone.
 */
#ifndef LAYOUT_H
#define LAYOUT_H
#include <Python.h>
#include <structmember.h>

#define FIELD(name) PyObject *name;
#define NAME(name) #name,
#define LAYOUT(type, fields)                                                                      \
    typedef struct {                                                                              \
        PyObject_HEAD fields(FIELD)                                                               \
    } type##Object;                                                                               \
    static const char *const type##Names[] = {fields(NAME) NULL};

#define ZENMUXLINE(_) _(apiKeyId) _(billAmount) _(cancelled) _(compensation) _(createAt)          \
    _(createdAt) _(discountAmount) _(errorType) _(event) _(ext) _(finishReason) _(generationId)   \
    _(generationTime) _(latency) _(model) _(modelSlug) _(nativeFeeTokens) _(nativeFinishReason)   \
    _(nativeTokens) _(plan) _(providerSlug) _(ratingResponses) _(status) _(streamed)              \
    _(throughput) _(usage)
LAYOUT(ZenmuxLine, ZENMUXLINE)

#define ZENMUXRATING(_) _(billAmount) _(discountAmount) _(ratingDetails)
LAYOUT(ZenmuxRating, ZENMUXRATING)

#define ZENMUXDETAIL(_) _(billAmount) _(feeItemCode)
LAYOUT(ZenmuxDetail, ZENMUXDETAIL)

#define EXT(_) _(requestSuccess)
LAYOUT(Ext, EXT)

#define PROMPTDETAILS(_) _(cached_tokens) _(ephemeral_1h_input_tokens)                            \
    _(ephemeral_5m_input_tokens)
LAYOUT(PromptDetails, PROMPTDETAILS)

#define COMPLETIONDETAILS(_) _(reasoning_tokens)
LAYOUT(CompletionDetails, COMPLETIONDETAILS)

#define NATIVETOKENS(_) _(completion_tokens) _(completion_tokens_details) _(prompt_tokens)        \
    _(prompt_tokens_details)
LAYOUT(NativeTokens, NATIVETOKENS)

#define NATIVELINE(_) _(api_key) _(cancelled) _(compensation) _(cost_usd) _(costs_usd)            \
    _(createAt) _(createdAt) _(discount_usd) _(error_type) _(event) _(finish_reason)              \
    _(generationId) _(generation_ms) _(id) _(input_tokens) _(latency_ms) _(model)                 \
    _(output_tokens) _(plan) _(provider) _(status) _(streamed) _(throughput_tps) _(timestamp)     \
    _(tokens) _(web_search_calls)
LAYOUT(NativeLine, NATIVELINE)

#define RECORD(_) _(bill) _(compensation) _(error_type) _(event) _(finish) _(generation) _(id)    \
    _(latency) _(outcome) _(output_tokens) _(searches) _(streamed) _(throughput) _(time_ms)       \
    _(tokens) _(unknown) _(who)
LAYOUT(Record, RECORD)

#define BILL(_) _(discount) _(items) _(mismatch) _(total)
LAYOUT(Bill, BILL)

#define KEYTALLY(_) _(cancelled) _(compensations) _(discount) _(error) _(holder) _(items)         \
    _(labels) _(model) _(payouts) _(search_calls) _(search_requests) _(search_tokens) _(success)  \
    _(tokens) _(units)
LAYOUT(KeyTally, KEYTALLY)

#define MODELTALLY(_) _(duration) _(errors) _(finish) _(first_token) _(generation) _(labels)      \
    _(throughput)
LAYOUT(ModelTally, MODELTALLY)

#define OBSERVATIONS(_) _(bounds) _(counts) _(exemplars) _(total)
LAYOUT(Observations, OBSERVATIONS)

#define BATCH(_) _(bounds) _(by_who) _(changed_ids) _(delays) _(details) _(exporter) _(keys)      \
    _(models) _(new_ids) _(newest_ms) _(payouts) _(positions) _(revised) _(sources) _(sums)
LAYOUT(Batch, BATCH)

#define IDWINDOW(_) _(arrivals) _(buckets) _(count) _(limit) _(oldest)
LAYOUT(IdWindow, IDWINDOW)

static int is_laid_out(PyObject *type, const char *const *names) {
    Py_ssize_t at = sizeof(PyObject);
    for (; *names != NULL; names++, at += sizeof(PyObject *)) {
        PyObject *slot = PyObject_GetAttrString(type, *names);
        if (slot == NULL)
            return -1;
        int same = Py_IS_TYPE(slot, &PyMemberDescr_Type) &&
                   ((PyMemberDescrObject *)slot)->d_member->offset == at;
        Py_DECREF(slot);
        if (!same)
            return 0;
    }
    return ((PyTypeObject *)type)->tp_basicsize == at;
}

#endif
