"""The usual names of fields in other programs, by native field.

Names are compared without case and separators: the last step of a path, its last two, or the last
words of its last step.
"""

from collections.abc import Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("generationid", "requestid", "responseid", "completionid", "callid", "messageid"),
        *("id", "uuid"),
    ),
    "timestamp": (
        *("timestamp", "createdat", "created", "requesttime", "starttime", "startedat", "started"),
        *("start", "time", "ts", "datetime", "eventtime", "loggedat", "at", "date", "timeiso8601"),
        "msec",
    ),
    "model": (
        *("modelslug", "model", "modelname", "modelid", "responsemodel", "requestmodel"),
        *("modelpermaslug", "llm", "llmmodel", "engine", "deployment", "deploymentid"),
    ),
    "provider": (
        "provider",
        "providername",
        "providerslug",
        "vendor",
        "llmprovider",
        "upstream",
        "genaisystem",
        "aiorg",
    ),
    "api_key": ("apikeyid", "apikeyname", "apikeyalias", "keyid", "keyname", "keyalias", "apikey"),
    "input_tokens": (
        *("inputtokens", "prompttokens", "tokensin", "tokensprompt", "contexttokens", "intokens"),
        *("tokensinput", "requesttokens", "prompttokencount", "numprompttokens", "ntokensprompt"),
        *("usageinput", "usagedetailsinput", "requnits"),
    ),
    "output_tokens": (
        *("outputtokens", "completiontokens", "generatedtokens", "tokensout", "outtokens"),
        *("tokenscompletion", "tokensoutput", "responsetokens", "candidatestokencount"),
        *("numcompletiontokens", "ntokenscompletion", "usageoutput", "usagedetailsoutput"),
        "resunits",
    ),
    "cost_usd": (
        *("costusd", "totalcostusd", "totalcost", "costtotal", "cost", "price", "spend", "usd"),
        *("responsecost", "amountusd", "amount", "costcents", "cents", "pricecents"),
        "costdetailstotal",
    ),
    "latency_ms": (
        *("ttft", "ttftms", "ttfts", "timetofirsttoken", "timetofirsttokenms", "firsttokenms"),
        *("timetofirsttokenseconds", "firsttokenlatency", "firsttokenlatencyms", "ttftseconds"),
    ),
    "generation_ms": (
        *("generationtime", "generationtimems", "generationms", "generationseconds"),
    ),
    "finish_reason": ("finishreason", "stopreason", "finishreasonnormalized"),
    "status": ("status", "statuscode", "httpstatus", "outcome"),
    "error_type": ("errortype", "errorclass", "errorcode"),
    "streamed": ("streamed", "stream", "streaming", "isstream"),
    "cancelled": ("cancelled", "canceled", "aborted"),
}
# The whole duration of a request: used only if no other duration is found.
DURATIONS = (
    *("duration", "durationms", "durations", "durationseconds", "elapsed", "elapsedms"),
    *("responsetime", "responsetimems", "totaltime", "totaltimems", "latency", "latencyms"),
    *(
        "latencyseconds",
        "tooks",
        "tookms",
        "took",
        "requesttime",
        "upstreamresponsetime",
        "delayms",
    ),
)
# Fields that are true if a request succeeded, else false.
SUCCESS = ("success", "issuccess", "succeeded", "ok")
# After one of these words a name means only a part, or something else.
OTHER = frozenset(
    {
        *(
            "cache",
            "cached",
            "saved",
            "reasoning",
            "audio",
            "image",
            "user",
            "session",
            "total",
            "max",
        )
    }
)
# The unit of a duration by the last word of its name; without one it is milliseconds.
UNIT_WORDS: Mapping[str, str] = {
    "s": "s",
    "sec": "s",
    "secs": "s",
    "seconds": "s",
    "us": "us",
    "micros": "us",
    "microseconds": "us",
    "ns": "ns",
    "nanos": "ns",
    "nanoseconds": "ns",
    "min": "min",
    "minutes": "min",
}
